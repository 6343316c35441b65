using HmacFileServer.Http;
using HmacFileServer.Http.Listening;
using HmacFileServer.Ledger.Repair;
using HmacFileServer.Retention;
using HmacFileServer.Settings;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Uploads;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace HmacFileServer;

/// <summary>What happens once at the start and once at the end.</summary>
internal sealed class Lifecycle(
    LiveSettings settings,
    DiskBlobStore store,
    Reconciliation reconciliation,
    Grace grace,
    ActiveUploads uploads,
    UploadJournal journal,
    IServer server,
    AuditLog audit,
    IServiceProvider services,
    TimeProvider time,
    ILogger<Lifecycle> log)
    : IHostedLifecycleService
{
    // After Kestrel has cut the connections, uploads need a moment to delete their files.
    private static readonly TimeSpan Undo = TimeSpan.FromSeconds(5);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        store.Probe(); // or we would listen, and fail every upload
        store.SweepIncoming();
        await reconciliation.RunAsync();
        await grace.OpenAsync();
        await ErrorPath.WarmAsync(services);
        UnixSockets.RemoveStale(settings.Current.Server);
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var current = settings.Current;
        settings.Warn();
        audit.Write(new AuditEvent("started", Actor.Server) { Detail = ProgramVersion.Text });
        log.Listening(Addresses(), current.Server.BasePath, store.Path);
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        journal.StopCutsAt(cancellationToken);
        log.Stopping(uploads.Count);
        return Task.CompletedTask;
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(uploads.DrainAsync(), Task.Delay(Undo, time, CancellationToken.None));
        audit.Write(new AuditEvent("stopped", Actor.Server));
        if (journal.Cut + uploads.Count is > 0 and var cut)
        {
            log.StoppedCutting(cut);
        }
        else
        {
            log.Stopped();
        }
    }

    /// <summary>Where it does listen: with port 0 or systemd's sockets, that is not what the settings say.</summary>
    private string Addresses()
    {
        var addresses = string.Join(", ", server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses);
        return KestrelSetup.HandedSockets > 0 ? $"{addresses} (given by systemd)" : addresses;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
