using HmacFileServer.Ledger;
using HmacFileServer.Retention;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Tests.Ledger;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Retention;

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
}
