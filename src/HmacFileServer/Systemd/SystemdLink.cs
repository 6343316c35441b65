using System.Globalization;
using HmacFileServer.Telemetry;
using HmacFileServer.Uploads;

namespace HmacFileServer.Systemd;

/// <summary>Tells systemd when the server is ready, that it is alive, and that it ends.</summary>
internal sealed class SystemdLink(
    Notifier notifier, ActiveUploads uploads, BackgroundErrors errors, TimeProvider time)
    : IHostedLifecycleService, IDisposable
{
    private ITimer? watchdog;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        notifier.Ready("Serving");
        if (WatchdogInterval() is { } interval)
        {
            // Half of what systemd waits for (sd_watchdog_enabled(3)). From the thread pool: were it stuck, so would
            // be the uploads.
            watchdog = time.CreateTimer(
                _ => errors.Guard(BackgroundTask.Systemd, notifier.Alive), null, TimeSpan.Zero, interval / 2);
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        notifier.Stopping(string.Create(CultureInfo.InvariantCulture, $"Waiting for {uploads.Count} uploads"));
        return Task.CompletedTask;
    }

    public void Dispose() => watchdog?.Dispose();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static TimeSpan? WatchdogInterval()
    {
        var forUs = Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { Length: > 0 } process
            || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return forUs && long.TryParse(
            Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture,
            out var microseconds)
            && microseconds > 0
                ? TimeSpan.FromMicroseconds(microseconds)
                : null;
    }
}
