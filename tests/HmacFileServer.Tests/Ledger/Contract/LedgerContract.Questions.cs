using HmacFileServer.Ledger;

namespace HmacFileServer.Tests.Ledger.Contract;

/// <summary>Asking: lists, what has expired, what was found on disk, notes.</summary>
public abstract partial class LedgerContract
{
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

    private IEnumerable<string> Keys(LedgerQuery query) => Ledger.List(query).Select(entry => entry.Key);
}
