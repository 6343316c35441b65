using System.Diagnostics.Metrics;
using HmacFileServer.Doctor.Arrival;
using HmacFileServer.Slots;
using HmacFileServer.Telemetry;
using HmacFileServer.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HmacFileServer.Tests.Doctor;

public sealed class BufferingWatchTests : IDisposable
{
    private readonly ManualClock clock = new();
    private readonly CapturedLog log = new();
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CapturedMetrics metrics;
    private readonly ILoggerFactory loggers;
    private readonly BufferingWatch watch;
    private readonly CutOffWatch cuts;

    public BufferingWatchTests()
    {
        var meters = services.GetRequiredService<IMeterFactory>();
        metrics = new CapturedMetrics(meters);
        loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        cuts = new CutOffWatch(clock, new ServerMetrics(meters), loggers.CreateLogger<CutOffWatch>());
        watch = new BufferingWatch(clock, new ServerMetrics(meters), loggers.CreateLogger<BufferingWatch>());
    }

    [Fact]
    public void An_old_token_with_a_body_that_comes_at_once_is_a_sign_of_a_storing_proxy()
    {
        Store(length: 10 << 20, tokenAge: TimeSpan.FromMinutes(5), body: TimeSpan.FromSeconds(1));

        metrics.Sum("hfs.uploads.buffered").Should().Be(1);
        Hints().Should().Be(1);
    }

    [Theory]
    [InlineData(10 << 20, 300, 200)] // tried again over the same slow line
    [InlineData(10 << 20, 5, 2)]     // as it should be
    [InlineData(5000, 300, 1)]       // too small to tell
    public void Other_uploads_are_none(long length, int tokenAge, int body)
    {
        Store(length, TimeSpan.FromSeconds(tokenAge), TimeSpan.FromSeconds(body));

        metrics.Sum("hfs.uploads.buffered").Should().Be(0);
        Hints().Should().Be(0);
    }

    [Fact]
    public void The_hint_comes_once_a_day_and_the_metric_counts_them_all()
    {
        watch.Expired(5 << 20);
        watch.Expired(5 << 20);
        clock.Advance(TimeSpan.FromHours(23));
        watch.Expired(5 << 20);
        clock.Advance(TimeSpan.FromHours(2));
        watch.Expired(5 << 20);

        metrics.Sum("hfs.uploads.buffered").Should().Be(4);
        Hints().Should().Be(2);
    }

    [Fact]
    public void A_body_faster_than_any_line_is_a_sign_without_a_token()
    {
        watch.Stored(new SlotTerms { Length = 1L << 30 }, clock.GetUtcNow(), TimeSpan.FromSeconds(2));
        watch.Stored(new SlotTerms { Length = 1L << 30 }, clock.GetUtcNow(), TimeSpan.FromSeconds(20));

        metrics.Sum("hfs.uploads.buffered").Should().Be(1);
    }

    [Fact]
    public void Broken_off_at_the_same_round_second_twice_is_a_limit_of_a_proxy()
    {
        cuts.BrokenOff(TimeSpan.FromSeconds(60.2), TimeSpan.FromSeconds(400));
        Cuts().Should().Be((0, 0));
        cuts.BrokenOff(TimeSpan.FromSeconds(59.8), TimeSpan.FromSeconds(90));
        cuts.BrokenOff(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(71));

        Cuts().Should().Be((2, 1), "the metric counts them all, and the hint comes once a day");
        metrics.Sum("hfs.uploads.cut_by_proxy", "sign=silence").Should().Be(2);
    }

    [Fact]
    public void So_is_an_end_at_the_same_round_second_while_bytes_still_flow()
    {
        cuts.BrokenOff(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(100));
        cuts.BrokenOff(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(100.3));

        metrics.Sum("hfs.uploads.cut_by_proxy", "sign=duration").Should().Be(1);
    }

    [Theory]
    [InlineData(0.1, 17)]
    [InlineData(22.2, 60)]   // paused, and left
    [InlineData(300, 400)]   // what we recommend
    public void People_who_leave_are_none(double silence, double duration)
    {
        cuts.BrokenOff(TimeSpan.FromSeconds(silence), TimeSpan.FromSeconds(duration));
        cuts.BrokenOff(TimeSpan.FromSeconds(silence), TimeSpan.FromSeconds(duration));

        Cuts().Should().Be((0, 0));
    }

    [Fact]
    public async Task A_proxy_that_hangs_up_after_a_minute_of_silence_is_noticed_on_the_wire()
    {
        await using var server = await TestServer.StartAsync(clock: clock);
        for (var upload = 0; upload < 2; upload++)
        {
            await using (var wire = await server.ConnectAsync())
            {
                await wire.SendAsync(
                    $"PUT {SignedUrls.V($"s{upload}/cat.jpg", 200)} HTTP/1.1", "Host: h", "Content-Length: 200");
                await clock.ArmedAsync(TimeSpan.FromSeconds(300));
                clock.Advance(TimeSpan.FromSeconds(60));
            }

            await server.Log.EventAsync(103, upload + 1);
        }

        server.Log.Of(900).Should().ContainSingle().Which.Should().Contain("after just 60 s of silence");
    }

    public void Dispose()
    {
        metrics.Dispose();
        loggers.Dispose();
        services.Dispose();
    }

    private void Store(long length, TimeSpan tokenAge, TimeSpan body) => watch.Stored(
        new SlotTerms { Length = length, IssuedAt = clock.GetUtcNow() - tokenAge }, clock.GetUtcNow(), body);

    private (long Counted, int Hints) Cuts() => (metrics.Sum("hfs.uploads.cut_by_proxy"), log.Of(900).Count());

    private int Hints() => log.Of(105).Count();
}
