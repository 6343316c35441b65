using System.Runtime.InteropServices;
using HmacFileServer.Systemd;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Settings;

/// <summary>
/// Reloads on SIGHUP and when the file changes. Watches the file's own folder, not what is below it:
/// the framework's watcher would follow every new upload if the store lay there (measured: 30 % more CPU per small upload).
/// </summary>
internal sealed class SettingsWatcher(
    LiveSettings settings, string? path, Notifier systemd, TimeProvider time, ILogger<SettingsWatcher> log)
    : IHostedService, IDisposable
{
    // Editors write in several steps; the last one within this time counts.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(250);

    private FileSystemWatcher? files;
    private PosixSignalRegistration? hangup;
    private ITimer? settled;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true; // the default would end the process
            Reload();
        });

        if (path is null)
        {
            return Task.CompletedTask;
        }

        settled = time.CreateTimer(_ => Reload(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var full = Path.GetFullPath(path);
        files = new FileSystemWatcher(Path.GetDirectoryName(full)!, Path.GetFileName(full))
        {
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size,
        };
        files.Changed += OnChange;
        files.Created += OnChange;
        files.Renamed += OnChange;
        try
        {
            files.EnableRaisingEvents = true;
        }
        catch (IOException e)
        {
            log.NotWatched(path, e.Message); // fs.inotify.max_user_instances used up: SIGHUP does as well
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        hangup?.Dispose();
        files?.Dispose();
        settled?.Dispose();
    }

    private void Reload()
    {
        systemd.Reloading();
        systemd.Ready(settings.Reload() ? "Serving" : "Serving, by the settings from before: the new ones are refused");
    }

    private void OnChange(object sender, FileSystemEventArgs e) => settled?.Change(Settle, Timeout.InfiniteTimeSpan);
}
