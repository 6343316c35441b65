using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using HmacFileServer.Systemd;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;

namespace HmacFileServer.Settings;

/// <summary>
/// Reloads on SIGHUP and when the file changes, or that of a certificate. Watches their own folders, not what is below:
/// the framework's watcher would follow every new upload if the store lay there (measured: 30 % more CPU per
/// small upload).
/// </summary>
internal sealed class SettingsWatcher(
    LiveSettings settings, string? path, Notifier systemd, AuditLog audit, TimeProvider time,
    BackgroundErrors errors, ILogger<SettingsWatcher> log)
    : IHostedService, IDisposable
{
    // Editors write in several steps; the last one within this time counts.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, FileSystemWatcher> files = new(StringComparer.Ordinal);
    private readonly Lock reloading = new();
    private ImmutableArray<WatchedState> lastSeen; // before the last reload
    private PosixSignalRegistration? hangup;
    private ITimer? settled;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        settled = time.CreateTimer(
            _ => Guard(ReloadIfChanged), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true; // the default would end the process
            Guard(Reload);
        });
        Guard(WatchAll); // SIGHUP does as well
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
        foreach (var watcher in files.Values)
        {
            watcher.Dispose();
        }

        settled?.Dispose();
    }

    private void Guard(Action work) => errors.Guard(BackgroundTask.Settings, work);

    /// <summary>
    /// Who changes the file and sends SIGHUP at once has told the same twice. SIGHUP itself reloads always: what it is
    /// about may be a file that isn't watched, such as that of a secret.
    /// </summary>
    private void ReloadIfChanged()
    {
        lock (reloading)
        {
            if (lastSeen.IsDefault || !WatchedStates().SequenceEqual(lastSeen))
            {
                Reload();
            }
        }
    }

    private void Reload()
    {
        lock (reloading)
        {
            lastSeen = WatchedStates(); // before, so that what changes meanwhile is seen
            systemd.Reloading();
            var isGood = settings.Reload();
            audit.Write(new AuditEvent(isGood ? "reloaded" : "reload-refused", Actor.Server));
            systemd.Ready(isGood ? "Serving" : "Serving, by the settings from before: the new ones are refused");
            WatchAll(); // a certificate may be another file now
        }
    }

    private ImmutableArray<WatchedState> WatchedStates() => [.. WatchedFiles().Select(WatchedState.Of)];

    private IEnumerable<string> WatchedFiles()
    {
        var server = settings.Current.Server;
        string?[] watched = [path, server.TlsCertificate, server.TlsKey];
        return watched.OfType<string>().Select(Path.GetFullPath);
    }

    private void WatchAll()
    {
        foreach (var file in WatchedFiles())
        {
            if (!files.ContainsKey(file))
            {
                Watch(file);
            }
        }
    }

    private void Watch(string file)
    {
        var watcher = new FileSystemWatcher(Path.GetDirectoryName(file)!, Path.GetFileName(file))
        {
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size,
        };
        files[file] = watcher;
        watcher.Changed += OnChange;
        watcher.Created += OnChange;
        watcher.Renamed += OnChange;
        try
        {
            watcher.EnableRaisingEvents = true;
        }
        catch (IOException e)
        {
            log.NotWatched(file, e.Message); // fs.inotify.max_user_instances used up: SIGHUP does as well
        }
    }

    private void OnChange(object sender, FileSystemEventArgs e) =>
        Guard(() => settled?.Change(Settle, Timeout.InfiniteTimeSpan));
}
