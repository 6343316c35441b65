using System.Net.Sockets;
using System.Text.Json;
using HmacFileServer.Http.Listening;
using HmacFileServer.Http.Wire;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Status;

/// <summary>
/// Tells whoever connects how the server does, in JSON, and closes. A unix socket in our own folder of the store, for
/// the user that runs the server and for root: addresses and keys are in it.
/// </summary>
internal sealed class StatusSocket(
    DiskBlobStore store, StatusReport report, TimeProvider time, BackgroundErrors errors, ILogger<StatusSocket> log)
    : BackgroundService
{
    private const string Name = "status.sock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Who connects and does not read is no reason to keep anything.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private Socket? listener;
    private DateTime made;

    /// <summary>Where the server on this store listens, if one runs.</summary>
    public static string PathIn(string storagePath) => DiskBlobStore.OwnPathIn(storagePath, Name);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            Listen();
        }
        catch (Exception e)
        {
            log.NoStatus(e.Message); // a path of more than 107 bytes, for one; the server is worth more than its status
        }

        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        errors.Guard(BackgroundTask.Status, RemoveSocket);
    }

    public override void Dispose()
    {
        listener?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (listener is not null)
        {
            try
            {
                using var asker = await listener.AcceptAsync(stoppingToken);
                await Poller.Leave(); // what there is to tell lies in the ledger
                await TellAsync(asker, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Asked and left, or did not listen. Or there is no file left for another connection, and
                // soon there is.
                if (e is not (SocketException or IOException or OperationCanceledException))
                {
                    errors.Report(BackgroundTask.Status, e);
                }

                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void RemoveSocket()
    {
        var path = store.OwnPath(Name);
        if (listener is not null && File.GetLastWriteTimeUtc(path) == made)
        {
            File.Delete(path); // and not the one of a successor that is already there
        }
    }

    /// <summary>
    /// Made under another name, and put in its place when it listens: what a killed server left is replaced at once.
    /// </summary>
    private void Listen()
    {
        var (path, aside) = (store.OwnPath(Name), store.OwnPath(Name + "~"));
        File.Delete(aside);
        var socket = UnixSockets.Bind(new UnixDomainSocketEndPoint(aside), OwnerOnly);
        try
        {
            socket.Listen();
            made = File.GetLastWriteTimeUtc(aside);
            File.Move(aside, path, overwrite: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        listener = socket;
    }

    private async Task TellAsync(Socket asker, CancellationToken stop)
    {
        using var text = new MemoryStream();
        await using (var json = new Utf8JsonWriter(text))
        {
            report.Write(json);
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        await using var stream = new NetworkStream(asker);
        await stream.WriteAsync(text.GetBuffer().AsMemory(0, (int)text.Length), either.Token);
    }
}
