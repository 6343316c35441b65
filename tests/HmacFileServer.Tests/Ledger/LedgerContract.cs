using HmacFileServer.Ledger;

namespace HmacFileServer.Tests.Ledger;

/// <summary>What every ledger promises. An implementation inherits these tests and says how it is opened.</summary>
public abstract class LedgerContract : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2030, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private ILedger? ledger;

    private protected ILedger Ledger => ledger ??= Open();

    [Fact]
    public async Task An_entry_comes_back_as_it_was_entered()
    {
        var entry = Entry("alice/1/cat.jpg", 100) with
        {
            ContentType = "image/jpeg",
            Owner = "alice@example.org",
            Scheme = "jwt",
            Expires = Noon.AddDays(3),
            Sha256 = [1, 2, 3],
        };

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
        await Ledger.EnrolAsync(Entry("a/1", 100) with { Owner = "alice" });

        await Ledger.WithdrawAsync("a/1");

        Ledger.UsageOf("alice").Should().Be(Usage.None);
        Ledger.UsageOf(null).Should().Be(Usage.None);
        Ledger.InFlight().Should().BeEmpty();
    }

    [Fact]
    public async Task An_entry_that_vanished_in_flight_is_entered_again_when_its_file_is_published()
    {
        var entry = Entry("a/1", 100) with { Owner = "alice" };
        await Ledger.EnrolAsync(entry);
        await Ledger.WithdrawAsync("a/1"); // as a second server does that starts at this moment

        Ledger.Confirm(entry);
        await SettleAsync();

        Ledger.Find("a/1").Should().NotBeNull();
        Ledger.UsageOf("alice").Should().Be(new Usage(100, 1));
    }

    [Fact]
    public async Task An_entry_whose_file_was_removed_behind_our_back_is_replaced()
    {
        await StoreAsync(Entry("a/1", 100) with { Owner = "alice" });

        await StoreAsync(Entry("a/1", 30) with { Owner = "bob" });

        Ledger.UsageOf("alice").Should().Be(Usage.None);
        Ledger.UsageOf("bob").Should().Be(new Usage(30, 1));
        Ledger.UsageOf(null).Should().Be(new Usage(30, 1));
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
    public async Task Uploads_are_counted_by_time_and_deleting_gives_none_of_them_back()
    {
        await StoreAsync(Entry("a/1", 100) with { Owner = "alice" });
        await StoreAsync(Entry("a/2", 50) with { Owner = "alice", StoredAt = Noon.AddHours(2) });
        await Ledger.BuryAsync(["a/2"], BurialReason.Deleted, Noon.AddHours(3));

        Ledger.UploadedSince("alice", Noon).Should().Be(150);
        Ledger.UploadedSince("alice", Noon.AddHours(1)).Should().Be(50);
        Ledger.UploadedSince("bob", Noon).Should().Be(0);
    }

    [Fact]
    public async Task A_buried_key_is_gone_and_takes_no_second_file()
    {
        await StoreAsync(Entry("a/1", 100) with { Owner = "alice" });

        var burials = await Ledger.BuryAsync(["a/1", "never/seen"], BurialReason.Expired, Noon);

        burials.Should().BeEquivalentTo(new Burials(1, 100, []));
        Ledger.Find("a/1").Should().BeNull();
        Ledger.FindBurial("a/1").Should().Be(new Burial(Noon, BurialReason.Expired));
        Ledger.FindBurial("never/seen").Should().NotBeNull();
        Ledger.FindBurial("a/2").Should().BeNull();
        Ledger.UsageOf("alice").Should().Be(Usage.None);
        (await Ledger.EnrolAsync(Entry("a/1", 100))).Should().Be(Enrolment.Buried);
    }

    [Fact]
    public async Task A_second_burial_does_not_make_the_first_one_younger()
    {
        await Ledger.BuryAsync(["a/1"], BurialReason.Expired, Noon);

        await Ledger.BuryAsync(["a/1"], BurialReason.Deleted, Noon.AddDays(1));

        Ledger.FindBurial("a/1").Should().Be(new Burial(Noon, BurialReason.Expired));
    }

    [Fact]
    public async Task A_file_in_flight_is_not_buried()
    {
        await Ledger.EnrolAsync(Entry("a/1", 100));

        var burials = await Ledger.BuryAsync(["a/1"], BurialReason.Deleted, Noon);

        burials.Busy.Should().Equal("a/1");
        Ledger.FindBurial("a/1").Should().BeNull();
    }

    [Fact]
    public async Task Buried_files_wait_to_be_unlinked()
    {
        await Ledger.BuryAsync(["a/1"], BurialReason.Deleted, Noon);
        await Ledger.BuryAsync(["a/2"], BurialReason.Deleted, Noon.AddMinutes(1));

        Ledger.Unlinking(Noon.AddSeconds(30), 10).Should().Equal("a/1");
        Ledger.Unlinking(DateTimeOffset.MaxValue, 10).Should().Equal("a/1", "a/2");
        Ledger.Interrupted().Should().Equal("a/1", "a/2");
        Ledger.Unlinked(["a/1"]);
        Ledger.Interrupted().Should().Equal("a/2");
        Ledger.Unlinking(Noon.AddSeconds(30), 10).Should().Equal("a/1");
        await Ledger.GoneAsync(["a/1"]);
        Ledger.Unlinking(DateTimeOffset.MaxValue, 10).Should().Equal("a/2");
    }

    [Fact]
    public async Task Old_tombstones_and_counts_are_forgotten()
    {
        await StoreAsync(Entry("a/1", 100) with { Owner = "alice" });
        await Ledger.BuryAsync(["a/1"], BurialReason.Deleted, Noon);
        await Ledger.BuryAsync(["a/2"], BurialReason.Deleted, Noon.AddDays(90));

        while (await Ledger.ForgetAsync(Noon.AddDays(1), Noon.AddDays(1), 1))
        {
        }

        Ledger.FindBurial("a/1").Should().BeNull();
        Ledger.FindBurial("a/2").Should().NotBeNull();
        Ledger.UploadedSince("alice", Noon).Should().Be(0);
    }

    [Fact]
    public async Task A_blocked_content_is_not_entered()
    {
        byte[] hash = [1, 2, 3];

        (await Ledger.BlockAsync(hash, Noon)).Should().BeTrue();
        (await Ledger.BlockAsync(hash, Noon)).Should().BeFalse();

        (await Ledger.EnrolAsync(Entry("a/1", 5) with { Sha256 = hash })).Should().Be(Enrolment.Blocked);
        (await Ledger.EnrolAsync(Entry("a/2", 5) with { Sha256 = [4] })).Should().Be(Enrolment.Enrolled);
        Ledger.UsageOf(null).Should().Be(new Usage(5, 1));
    }

    [Fact]
    public async Task Entries_are_listed_oldest_first_page_by_page_by_any_question()
    {
        await StoreAsync(Entry("a/1", 10) with { Owner = "alice", Sha256 = [1] });
        await StoreAsync(Entry("b/1", 20) with { Owner = "bob", StoredAt = Noon.AddHours(1) });
        await StoreAsync(Entry("a/2", 30) with { Owner = "alice", StoredAt = Noon.AddHours(2) });

        Keys(new LedgerQuery()).Should().Equal("a/1", "b/1", "a/2");
        Keys(new LedgerQuery { Owner = "alice" }).Should().Equal("a/1", "a/2");
        Keys(new LedgerQuery { Owner = "nobody" }).Should().BeEmpty();
        Keys(new LedgerQuery { LargerThan = 10 }).Should().Equal("b/1", "a/2");
        Keys(new LedgerQuery { StoredBefore = Noon.AddHours(1) }).Should().Equal("a/1");
        Keys(new LedgerQuery { Sha256 = [1] }).Should().Equal("a/1");
        Keys(new LedgerQuery { Owner = "alice", LargerThan = 10, StoredBefore = Noon.AddDays(1) })
            .Should().Equal("a/2");
        var first = Ledger.List(new LedgerQuery { Limit = 1 });
        Keys(new LedgerQuery { After = first[0].Place, Limit = 1 }).Should().Equal("b/1");
    }

    [Fact]
    public async Task Entries_expire_at_their_own_second()
    {
        await StoreAsync(Entry("never", 1));
        await StoreAsync(Entry("later", 1) with { Expires = Noon.AddHours(2) });
        await StoreAsync(Entry("soon", 1) with { Expires = Noon.AddHours(1) });

        Ledger.Expired(Noon.AddHours(1).AddSeconds(-1), 10).Should().BeEmpty();
        Ledger.Expired(Noon.AddHours(1), 10).Select(entry => entry.Key).Should().Equal("soon");
        Ledger.Expired(Noon.AddHours(2), 10).Select(entry => entry.Key).Should().Equal("soon", "later");
        Ledger.Expired(Noon.AddHours(2), 1).Select(entry => entry.Key).Should().Equal("soon");
    }

    [Fact]
    public async Task Files_found_on_disk_take_their_place_by_age_and_change_nothing_that_is_known()
    {
        await StoreAsync(Entry("known", 10) with { Owner = "alice" });
        await Ledger.BuryAsync(["buried"], BurialReason.Deleted, Noon);
        var old = Noon.AddYears(-1);

        var adopted = await Ledger.AdoptAsync(
        [
            Found("known", 99), Found("buried", 99), Found("x", 1), Found("y", 2), Found("z", 3) with { Owner = "bob" },
        ]);

        adopted.Should().Be(3);
        Keys(new LedgerQuery()).Should().Equal("x", "y", "z", "known");
        Ledger.Find("x")!.StoredAt.Should().Be(old);
        Ledger.Find("known")!.Size.Should().Be(10);
        Ledger.UsageOf(null).Should().Be(new Usage(16, 4));
        Ledger.UsageOf("bob").Should().Be(new Usage(3, 1));

        LedgerEntry Found(string key, long size) =>
            Entry(key, size) with { Scheme = LedgerEntry.FoundOnDisk, StoredAt = old };
    }

    [Fact]
    public async Task A_note_is_kept_changed_and_dropped()
    {
        Ledger.Note("sweep").Should().BeNull();

        await Ledger.NoteAsync("sweep", "1");
        await Ledger.NoteAsync("sweep", "2");
        Ledger.Note("sweep").Should().Be("2");
        await Ledger.NoteAsync("sweep", null);

        Ledger.Note("sweep").Should().BeNull();
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

    private protected async Task StoreAsync(LedgerEntry entry)
    {
        (await Ledger.EnrolAsync(entry)).Should().Be(Enrolment.Enrolled);
        Ledger.Confirm(entry);
        await SettleAsync();
    }

    /// <summary>What nobody waits for is done before what somebody waits for.</summary>
    private Task SettleAsync() => Ledger.NoteAsync("settled", "1");

    private IEnumerable<string> Keys(LedgerQuery query) => Ledger.List(query).Select(entry => entry.Key);
}
