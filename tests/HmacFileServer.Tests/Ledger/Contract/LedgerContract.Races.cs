using HmacFileServer.Ledger;

namespace HmacFileServer.Tests.Ledger.Contract;

/// <summary>Several servers on one ledger, and one key: what each may change of what another entered.</summary>
public abstract partial class LedgerContract
{
    [Fact]
    public async Task An_entry_that_vanished_in_flight_is_entered_again_when_its_file_is_published()
    {
        var entry = Entry("a/1", 100) with { Owner = "alice" };
        await Ledger.EnrolAsync(entry);
        using (var starting = Open())
        {
            await starting.WithdrawAsync(starting.InFlight().Single());
        }

        Ledger.Confirm(entry);
        await SettleAsync();

        Ledger.Find("a/1").Should().NotBeNull();
        Ledger.UsageOf("alice").Should().Be(new Usage(100, 1));
    }

    [Fact]
    public async Task Who_was_slower_withdraws_nothing_of_a_file_that_another_has_published()
    {
        var (one, other) = (Entry("a/1", 100), Entry("a/1", 30));
        await Ledger.EnrolAsync(one);
        using var beside = Open();
        (await beside.EnrolAsync(other)).Should().Be(Enrolment.Known, "it is in flight");
        await beside.ReplaceAsync(other); // no file is there yet

        Ledger.Confirm(one);
        await SettleAsync();
        await beside.WithdrawAsync(other);

        Ledger.Find("a/1")!.Size.Should().Be(100);
        Ledger.InFlight().Should().BeEmpty();
        Ledger.UsageOf(null).Should().Be(new Usage(100, 1));
    }

    [Fact]
    public async Task An_entry_is_back_as_it_was_when_what_replaced_it_is_withdrawn()
    {
        await StoreAsync(WholeEntry("a/1", 100) with { Owner = "alice" });
        var (known, late) = (Ledger.Find("a/1"), Entry("a/1", 30) with { Owner = "bob" });
        using var beside = Open();
        (await beside.ReplaceAsync(late)).Should().Be(Enrolment.Enrolled);

        await beside.WithdrawAsync(late);

        Ledger.Find("a/1").Should().NotBeNull().And.BeEquivalentTo(known);
        Ledger.UsageOf("alice").Should().Be(new Usage(100, 1));
        Ledger.UsageOf("bob").Should().Be(Usage.None);
    }

    [Fact]
    public async Task A_deleted_key_is_not_entered_again_by_who_was_still_to_confirm_it()
    {
        var entry = Entry("a/1", 100);
        await Ledger.EnrolAsync(entry);
        using var beside = Open();
        beside.Confirm(beside.InFlight().Single()); // it started, and saw the file
        await beside.BuryAsync(["a/1"], BurialReason.Deleted, Noon);

        Ledger.Confirm(entry);
        await SettleAsync();

        Ledger.List(new LedgerQuery()).Should().BeEmpty();
        Ledger.UsageOf(null).Should().Be(Usage.None);
    }

    [Fact]
    public async Task A_server_that_starts_withdraws_nothing_that_was_published_while_it_looked()
    {
        await Ledger.EnrolAsync(Entry("a/1", 100));
        using var starting = Open();
        var found = starting.InFlight().Single();

        Ledger.Confirm(Entry("a/1", 100));
        await SettleAsync();
        await starting.WithdrawAsync(found);

        Ledger.Find("a/1").Should().NotBeNull();
        Ledger.UsageOf(null).Should().Be(new Usage(100, 1));
    }
}
