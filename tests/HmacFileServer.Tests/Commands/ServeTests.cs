using System.Net;
using HmacFileServer.Commands;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Tests.Support;
using HmacFileServer.Tests.Systemd;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HmacFileServer.Tests.Commands;

/// <summary>How <c>serve</c> ends, and what does not end it.</summary>
public sealed class ServeTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_stops_without_having_been_asked_exits_with_70(bool byException)
    {
        using var folder = new TempFolder();
        var log = new CapturedLog();
        await using var app = await BuildAsync(folder, log);
        var serving = ServeCommand.RunUntilStoppedAsync(app, CancellationToken.None);

        await app.Services.GetServices<IHostedService>().OfType<Failing>().Single().FailAsync(byException);

        (await serving.WaitAsync(TimeSpan.FromSeconds(20))).Should().Be(70);
        log.Of(631).Should().ContainSingle();
    }

    [Fact]
    public async Task A_server_that_was_asked_to_stop_exits_with_0()
    {
        using var folder = new TempFolder();
        var log = new CapturedLog();
        await using var app = await BuildAsync(folder, log);
        using var stop = new CancellationTokenSource();
        var serving = ServeCommand.RunUntilStoppedAsync(app, stop.Token);
        await log.EventAsync(600);

        await stop.CancelAsync();

        (await serving.WaitAsync(TimeSpan.FromSeconds(20))).Should().Be(0);
        log.Of(631).Should().BeEmpty();
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("QUIT")]
    public async Task A_signal_asks(string signal)
    {
        using var folder = new TempFolder();
        using var systemd = new NotifySocket(folder);
        await File.WriteAllTextAsync(folder.File("config.toml"), TestServer.Toml(folder));
        using var process = BuiltProgram.Start(
            folder.Path, ["serve", "-c", folder.File("config.toml")], ("NOTIFY_SOCKET", systemd.Path));
        try
        {
            await systemd.ExpectAsync("READY=1");

            await BuiltProgram.SignalAsync(process, signal);

            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            process.ExitCode.Should().Be(0);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task An_exception_that_leaves_a_timer_or_a_work_item_is_counted_and_ends_nothing()
    {
        using var folder = new TempFolder();
        var log = new CapturedLog();
        await using var app = await BuildAsync(folder, log);
        using var metrics = new CapturedMetrics(
            app.Services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        ServeCommand.KeepAlive(app.Services);
        await app.StartAsync();

        // Not disposed of asynchronously: that waits for its callback, which has never returned.
        using var timer = TimeProvider.System.CreateTimer(
            _ => throw new InvalidOperationException("of a timer"), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        ThreadPool.UnsafeQueueUserWorkItem(_ => throw new InvalidOperationException("of a work item"), null);

        SpinWait.SpinUntil(() => metrics.Sum("hfs.background.errors", "task=other") == 2, TimeSpan.FromSeconds(20))
            .Should().BeTrue();
        await log.EventAsync(630);
        log.Of(630).Should().ContainSingle();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(app.Urls.First() + "/health/live"));
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        await app.StopAsync();
    }

    private static async Task<WebApplication> BuildAsync(TempFolder folder, CapturedLog log)
    {
        var file = folder.File("config.toml");
        Directory.CreateDirectory(folder.File("store"));
        await File.WriteAllTextAsync(file, TestServer.Toml(folder));
        ServerSettings Load() => SettingsLoader.Load(file, new Dictionary<string, string>());
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.AddHmacFileServer(Load(), Load, watched: null);
        builder.Services.AddSingleton<IHostLifetime, SignalLifetime>();
        builder.Services.AddHostedService<Failing>();
        builder.Logging.AddProvider(log);
        builder.Logging.AddFilter<CapturedLog>(null, LogLevel.Debug);
        return builder.Build().UseHmacFileServer();
    }

    private sealed class Failing(IHostApplicationLifetime host) : BackgroundService
    {
        private readonly TaskCompletionSource failing = new();

        public async Task FailAsync(bool byException)
        {
            var started = new TaskCompletionSource();
            await using var registration = host.ApplicationStarted.Register(started.SetResult);
            await started.Task;
            if (byException)
            {
                failing.SetException(new InvalidOperationException("a fault of ours"));
            }
            else
            {
                host.StopApplication();
            }
        }

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => failing.Task.WaitAsync(stoppingToken);
    }
}
