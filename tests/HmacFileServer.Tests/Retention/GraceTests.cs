using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Repair;
using HmacFileServer.Retention;
using HmacFileServer.Tests.Ledger;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Retention;

/// <summary>Nothing is deleted by surprise: dry runs, and a day for files that were there before.</summary>
public sealed class GraceTests
{
    private readonly ManualClock clock = new();

    [Fact]
    public async Task A_dry_run_tells_and_deletes_nothing()
    {
        await using var server = await TestServer.StartAsync(
            more: "[retention]\nmax_age = \"1d\"\ncleanup_dry_run = true", clock: clock);
        await server.UploadAsync("a", 5, clock);
        await server.UploadAsync("b", 6, clock, expires: clock.GetUtcNow().AddDays(1));
        clock.Advance(TimeSpan.FromDays(2));

        (await server.Service<Sweeper>().SweepAsync(default)).Should().Be(0);

        server.ExpectLeft("a/f", "b/f");
        (await server.StatusOfAsync("/a/f")).Should().Be("200");
        server.Log.Of(704).Last()
            .Should().StartWith("Would delete 3 files by [retention], 17 bytes; nothing is deleted before never");
    }

    [Fact]
    public async Task A_store_from_before_is_only_reported_on_for_a_day()
    {
        await using var server = await TestServer.StartAsync(
            more: "[retention]\nmax_age = \"1d\"", clock: clock, prepare: folder => PutOldFile(folder, clock));
        await Rebuild.RunAsync(
            server.Service<ILedger>(), server.Service<HmacFileServer.Storage.DiskBlobStore>(), clock);

        await server.Service<Sweeper>().SweepAsync(default);
        clock.Advance(TimeSpan.FromHours(23));
        await server.Service<Sweeper>().SweepAsync(default);
        (await server.StatusOfAsync("/old/cat.jpg")).Should().Be("200");
        server.ExpectLeft("old/cat.jpg");
        server.Log.Of(704).Should().NotBeEmpty();
        clock.Advance(TimeSpan.FromHours(1));

        (await server.StatusOfAsync("/old/cat.jpg")).Should().Be("410");
        await server.Service<Sweeper>().SweepAsync(default);
        server.ExpectLeft();
    }

    [Fact]
    public async Task Old_files_that_were_copied_in_after_the_first_start_have_their_day_too()
    {
        TempFolder folder = null!;
        await using var server = await TestServer.StartAsync(
            more: "[retention]\nmax_age = \"1d\"", clock: clock, prepare: own => folder = own);
        await server.Service<Sweeper>().SweepAsync(default);
        clock.Advance(TimeSpan.FromDays(30));
        PutOldFile(folder, clock);
        await Rebuild.RunAsync(
            server.Service<ILedger>(), server.Service<HmacFileServer.Storage.DiskBlobStore>(), clock);

        await server.Service<Sweeper>().SweepAsync(default);

        server.ExpectLeft("old/cat.jpg");
        (await server.StatusOfAsync("/old/cat.jpg")).Should().Be("200");
        clock.Advance(TimeSpan.FromDays(1));
        await Rebuild.RunAsync(
            server.Service<ILedger>(), server.Service<HmacFileServer.Storage.DiskBlobStore>(), clock);
        await server.Service<Sweeper>().SweepAsync(default);
        server.ExpectLeft();
    }

    [Fact]
    public async Task An_operator_who_confirms_need_not_wait_for_a_day()
    {
        await using var server = await TestServer.StartAsync(
            more: "[retention]\nmax_age = \"1d\"\nconfirmed = true", clock: clock,
            prepare: folder => PutOldFile(folder, clock));
        await Rebuild.RunAsync(
            server.Service<ILedger>(), server.Service<HmacFileServer.Storage.DiskBlobStore>(), clock);

        await server.Service<Sweeper>().SweepAsync(default);

        server.ExpectLeft();
    }

    private static void PutOldFile(TempFolder folder, ManualClock clock)
    {
        Directory.CreateDirectory(folder.File("store/old"));
        File.WriteAllText(folder.File("store/old/cat.jpg"), "meow");
        File.SetLastWriteTimeUtc(folder.File("store/old/cat.jpg"), clock.GetUtcNow().AddYears(-1).UtcDateTime);
    }
}
