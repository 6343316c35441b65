using HmacFileServer.Retention;
using HmacFileServer.Tests.Ledger;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Retention;

public sealed class CrowdedDiskTests
{
    private readonly ManualClock clock = new();

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

    private static long Used(string store) => Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories)
        .Where(path => !path.Contains("/.hfs/", StringComparison.Ordinal))
        .Sum(path => new FileInfo(path).Length);
}
