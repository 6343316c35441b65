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

    public BufferingWatchTests()
    {
        var meters = services.GetRequiredService<IMeterFactory>();
        metrics = new CapturedMetrics(meters);
        loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
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

    public void Dispose()
    {
        metrics.Dispose();
        loggers.Dispose();
        services.Dispose();
    }

    private void Store(long length, TimeSpan tokenAge, TimeSpan body) => watch.Stored(
        new SlotTerms { Length = length, IssuedAt = clock.GetUtcNow() - tokenAge }, clock.GetUtcNow(), body);

    private int Hints() => log.Of(105).Count();
}
