using HmacFileServer.Ledger;
using HmacFileServer.Retention;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Ledger;

public sealed class RetentionTests
{
    private readonly ManualClock clock = new();

    [Fact]
    public async Task A_file_is_gone_for_readers_at_its_very_second_and_from_disk_with_the_next_sweep()
    {
        await using var server = await TestServer.StartAsync(clock: clock);
        await server.UploadAsync("a", 5, clock, expires: clock.GetUtcNow().AddSeconds(10));
        clock.Advance(TimeSpan.FromSeconds(9));
        (await server.StatusOfAsync("/a/f")).Should().Be("200");

        clock.Advance(TimeSpan.FromSeconds(1));

        var gone = await server.GetAsync("/a/f");
        gone.StatusLine.Should().Be("HTTP/1.1 410 Gone");
        gone.Text.Should().BeEmpty();
        server.ExpectLeft("a/f");
        (await server.Service<Sweeper>().SweepAsync(default)).Should().Be(1);
        server.ExpectLeft();
        (await server.StatusOfAsync("/a/f")).Should().Be("410");
        Directory.Exists(Path.Combine(server.StorePath, "a")).Should().BeFalse();
        server.Metrics.Sum("hfs.deletions", "reason=expired").Should().Be(1);
    }

    [Fact]
    public async Task Files_older_than_max_age_are_gone_and_deleted_and_younger_ones_stay()
    {
        await using var server = await TestServer.StartAsync(more: "[retention]\nmax_age = \"10d\"", clock: clock);
        await server.UploadAsync("old", 5, clock);
        clock.Advance(TimeSpan.FromDays(4));
        await server.UploadAsync("young", 5, clock);
        clock.Advance(TimeSpan.FromDays(6));

        (await server.StatusOfAsync("/old/f")).Should().Be("410");
        (await server.StatusOfAsync("/young/f")).Should().Be("200");
        await server.Service<Sweeper>().SweepAsync(default);

        server.ExpectLeft("young/f");
        server.Service<ILedger>().UsageOf(null).Should().Be(new Usage(5, 1));
    }

    [Fact]
    public async Task Large_files_go_sooner()
    {
        const string Rules = """
            [retention]
            max_age = "30d"
            [[retention.class]]
            larger_than = "1KB"
            max_age = "7d"
            """;
        await using var server = await TestServer.StartAsync(more: Rules, clock: clock);
        await server.UploadAsync("large", 1025, clock);
        await server.UploadAsync("small", 1024, clock);
        await server.Service<Sweeper>().SweepAsync(default);
        clock.Advance(TimeSpan.FromDays(1));
        await server.UploadAsync("large2", 2000, clock);
        clock.Advance(TimeSpan.FromDays(6));

        (await server.StatusOfAsync("/large/f")).Should().Be("410");
        (await server.StatusOfAsync("/small/f")).Should().Be("200");
        await server.Service<Sweeper>().SweepAsync(default);
        server.ExpectLeft("large2/f", "small/f");
        clock.Advance(TimeSpan.FromDays(1));
        await server.Service<Sweeper>().SweepAsync(default);

        server.ExpectLeft("small/f");
    }

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

    [Fact]
    [Provokes("deleted")]
    public async Task An_expired_key_takes_no_second_upload_before_and_after_the_sweep()
    {
        await using var server = await TestServer.StartAsync(more: "[retention]\nmax_age = \"1d\"", clock: clock);
        var url = SignedUrls.V("a/1", 5);
        await server.PutAsync(url, "hello"u8.ToArray());
        clock.Advance(TimeSpan.FromDays(1));

        var before = await server.PutAsync(url, "hello"u8.ToArray());
        await server.Service<Sweeper>().SweepAsync(default);
        var after = await server.PutAsync(url, "hello"u8.ToArray());

        before["X-Refusal"].Should().Be("deleted");
        after["X-Refusal"].Should().Be("deleted");
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_tombstone_is_kept_for_its_age_and_not_for_ever()
    {
        await using var server = await TestServer.StartAsync(
            more: "[retention]\ntombstone_age = \"90d\"", clock: clock);
        var url = SignedUrls.V("a/1", 5);
        await server.PutAsync(url, "hello"u8.ToArray());
        await server.Service<Eraser>().EraseAsync(["a/1"], BurialReason.Deleted, Actor.Server);
        clock.Advance(TimeSpan.FromDays(90));
        await server.Service<Sweeper>().SweepAsync(default);
        (await server.PutAsync(url, "hello"u8.ToArray())).StatusLine.Should().Be("HTTP/1.1 409 Conflict");

        clock.Advance(TimeSpan.FromSeconds(1));
        await server.Service<Sweeper>().SweepAsync(default);

        (await server.StatusOfAsync("/a/1")).Should().Be("404");
        (await server.PutAsync(url, "hello"u8.ToArray())).StatusLine.Should().Be("HTTP/1.1 201 Created");
    }

    [Fact]
    public async Task A_full_disk_loses_its_oldest_files_down_to_the_low_mark_and_no_more()
    {
        await using var server = await TestServer.StartAsync(
            more: "[retention]\ndisk_high = \"80%\"\ndisk_low = \"50%\"", clock: clock, disk: store => new(
                () => 1000 - Used(store), () => 1000));
        for (var i = 0; i < 8; i++)
        {
            await server.UploadAsync($"s{i}", 100, clock);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        (await server.Service<Sweeper>().SweepAsync(default)).Should().Be(0); // 80 % is not more than 80 %
        await server.UploadAsync("s8", 50, clock);
        (await server.Service<Sweeper>().SweepAsync(default)).Should().Be(4);

        server.ExpectLeft("s4/f", "s5/f", "s6/f", "s7/f", "s8/f");
        server.Metrics.Sum("hfs.deletions", "reason=crowded").Should().Be(4);
    }

    [Fact]
    public async Task What_has_expired_goes_before_the_disk_s_want_is_judged()
    {
        await using var server = await TestServer.StartAsync(
            more: "[retention]\ndisk_high = \"80%\"\ndisk_low = \"50%\"", clock: clock, disk: store => new(
                () => 1000 - Used(store), () => 1000));
        await server.UploadAsync("old", 450, clock);
        await server.UploadAsync("expired", 450, clock, expires: clock.GetUtcNow().AddSeconds(5));
        clock.Advance(TimeSpan.FromSeconds(5));

        await server.Service<Sweeper>().SweepAsync(default);

        server.ExpectLeft("old/f");
    }

    [Fact]
    public async Task The_sweeper_follows_no_link_out_of_the_store()
    {
        await using var server = await TestServer.StartAsync(more: "[retention]\nmax_age = \"1d\"", clock: clock);
        await server.UploadAsync("a", 5, clock);
        using var outside = new TempFolder();
        await File.WriteAllTextAsync(outside.File("f"), "precious");
        Directory.Delete(Path.Combine(server.StorePath, "a"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(server.StorePath, "a"), outside.Path);
        clock.Advance(TimeSpan.FromDays(1));

        await server.Service<Sweeper>().SweepAsync(default);

        File.Exists(outside.File("f")).Should().BeTrue();
    }

    [Fact]
    public async Task A_cache_may_keep_a_file_no_longer_than_we_do()
    {
        await using var server = await TestServer.StartAsync(more: "[retention]\nmax_age = \"1h\"", clock: clock);
        await server.UploadAsync("a", 5, clock);
        clock.Advance(TimeSpan.FromMinutes(59));

        (await server.GetAsync("/a/f"))["Cache-Control"].Should().Be("public, max-age=60, immutable");
    }

    private static long Used(string store) => Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories)
        .Where(path => !path.Contains("/.hfs/", StringComparison.Ordinal))
        .Sum(path => new FileInfo(path).Length);

    private static void PutOldFile(TempFolder folder, ManualClock clock)
    {
        Directory.CreateDirectory(folder.File("store/old"));
        File.WriteAllText(folder.File("store/old/cat.jpg"), "meow");
        File.SetLastWriteTimeUtc(folder.File("store/old/cat.jpg"), clock.GetUtcNow().AddYears(-1).UtcDateTime);
    }
}
