using HmacFileServer.Ledger;

namespace HmacFileServer.Tests.Ledger.Contract;

/// <summary>What every ledger promises. An implementation inherits these tests and says how it is opened.</summary>
public abstract partial class LedgerContract : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2030, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private ILedger? ledger;

    private protected ILedger Ledger => ledger ??= Open();

    [Fact]
    public async Task An_entry_comes_back_as_it_was_entered()
    {
        var entry = WholeEntry("alice/1/cat.jpg", 100);

        await StoreAsync(entry);

        Ledger.Find(entry.Key).Should().BeEquivalentTo(entry, options => options.Excluding(found => found.Place));
        Ledger.Find(entry.Key)!.Name.Should().Be("cat.jpg");
    }

    [Fact]
    public async Task An_entry_in_flight_counts_but_nobody_sees_it()
    {
        await Ledger.EnrolAsync(Entry("a/1", 100) with { Owner = "alice" });

        Ledger.UsageOf("alice").Should().Be(new Usage(100, 1));
        Ledger.Find("a/1").Should().BeNull();
        Ledger.List(new LedgerQuery()).Should().BeEmpty();
        Ledger.InFlight().Should().ContainSingle(entry => entry.Key == "a/1");
    }

    [Fact]
    public async Task An_entry_that_was_withdrawn_counts_no_more()
    {
        var entry = Entry("a/1", 100) with { Owner = "alice" };
        await Ledger.EnrolAsync(entry);

        await Ledger.WithdrawAsync(entry);

        Ledger.UsageOf("alice").Should().Be(Usage.None);
        Ledger.UsageOf(null).Should().Be(Usage.None);
        Ledger.InFlight().Should().BeEmpty();
    }

    [Fact]
    public async Task An_entry_whose_file_was_removed_behind_our_back_is_replaced()
    {
        await StoreAsync(Entry("a/1", 100) with { Owner = "alice" });

        var next = Entry("a/1", 30) with { Owner = "bob" };
        (await Ledger.EnrolAsync(next)).Should().Be(Enrolment.Known);
        (await Ledger.ReplaceAsync(next)).Should().Be(Enrolment.Enrolled);
        Ledger.Confirm(next);
        await SettleAsync();

        Ledger.Find("a/1")!.Owner.Should().Be("bob");
        Ledger.UsageOf("alice").Should().Be(Usage.None);
        Ledger.UsageOf("bob").Should().Be(new Usage(30, 1));
        Ledger.UsageOf(null).Should().Be(new Usage(30, 1));
    }

    [Fact]
    public async Task A_known_entry_stays_as_it_is_when_another_is_to_be_enrolled()
    {
        await StoreAsync(Entry("a/1", 100) with { Owner = "alice" });

        (await Ledger.EnrolAsync(Entry("a/1", 30) with { Owner = "bob" })).Should().Be(Enrolment.Known);

        Ledger.Find("a/1")!.Owner.Should().Be("alice");
        Ledger.UsageOf("bob").Should().Be(Usage.None);
        Ledger.UsageOf(null).Should().Be(new Usage(100, 1));
    }

    [Fact]
    public async Task Totals_are_kept_by_owner_and_for_everybody()
    {
        await StoreAsync(Entry("a/1", 100) with { Owner = "alice" });
        await StoreAsync(Entry("a/2", 50) with { Owner = "alice" });
        await StoreAsync(Entry("b/1", 7) with { Owner = "bob" });
        await StoreAsync(Entry("c/1", 1));

        Ledger.UsageOf("alice").Should().Be(new Usage(150, 2));
        Ledger.UsageOf(null).Should().Be(new Usage(158, 4));
        Ledger.Owners(10).Should().Equal(new OwnerUsage("alice", 150, 2), new OwnerUsage("bob", 7, 1));
    }

    [Fact]
    public async Task Everything_is_there_again_after_a_restart()
    {
        await StoreAsync(Entry("a/1", 100) with { Owner = "alice" });
        await Ledger.EnrolAsync(Entry("a/2", 10) with { Owner = "alice" });
        await Ledger.BuryAsync(["a/3"], BurialReason.Deleted, Noon);

        Ledger.Dispose();
        ledger = null;

        Keys(new LedgerQuery()).Should().Equal("a/1");
        Ledger.InFlight().Should().ContainSingle(entry => entry.Key == "a/2");
        Ledger.FindBurial("a/3").Should().NotBeNull();
        Ledger.UsageOf("alice").Should().Be(new Usage(110, 2));
    }

    [Fact]
    public async Task Two_hundred_changes_at_once_are_all_made()
    {
        Ledger.InFlight().Should().BeEmpty(); // opened once, before they come

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() =>
            StoreAsync(Entry($"a/{i}", i) with { Owner = $"owner{i % 3}" }))));
        await SettleAsync();

        Ledger.UsageOf(null).Should().Be(new Usage(199 * 200 / 2, 200));
        Ledger.List(new LedgerQuery()).Should().HaveCount(200);
        Ledger.InFlight().Should().BeEmpty();
    }

    public void Dispose()
    {
        ledger?.Dispose();
        CleanUp();
        GC.SuppressFinalize(this);
    }

    private protected abstract ILedger Open();

    protected abstract void CleanUp();

    private protected static LedgerEntry Entry(string key, long size) =>
        new() { Key = key, Size = size, Scheme = "v", StoredAt = Noon };

    /// <summary>With everything that may be known of a file.</summary>
    private protected static LedgerEntry WholeEntry(string key, long size) => Entry(key, size) with
    {
        ContentType = "image/jpeg",
        Owner = "alice@example.org",
        Scheme = "jwt",
        Expires = Noon.AddDays(3),
        Sha256 = [1, 2, 3],
    };

    private protected async Task StoreAsync(LedgerEntry entry)
    {
        (await Ledger.EnrolAsync(entry)).Should().Be(Enrolment.Enrolled);
        Ledger.Confirm(entry);
        await SettleAsync();
    }

    /// <summary>What nobody waits for is done before what somebody waits for.</summary>
    private Task SettleAsync() => Ledger.NoteAsync("settled", "1");
}
