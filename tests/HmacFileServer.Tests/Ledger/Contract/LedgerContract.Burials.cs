using HmacFileServer.Ledger;

namespace HmacFileServer.Tests.Ledger.Contract;

/// <summary>Deleting: tombstones, what waits to be unlinked, what is blocked and what is forgotten.</summary>
public abstract partial class LedgerContract
{
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
}
