using HmacFileServer.Ledger;
using HmacFileServer.Settings;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Status;

/// <summary>Whether a new upload could be stored, and if not, why, in words that give nothing away.</summary>
internal sealed class Readiness(
    DiskBlobStore store,
    DiskSpace space,
    ILedger ledger,
    LiveSettings settings,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<Readiness> log)
{
    // Anybody may ask, and each probe makes a file: not more often than this.
    private static readonly TimeSpan Holds = TimeSpan.FromSeconds(1);

    private readonly Lock probing = new();
    private long? probedAt;
    private bool storeIsGood = true;
    private string others = "";
    private IReadOnlyList<string> found = [];

    /// <summary>None when the server is ready.</summary>
    public IReadOnlyList<string> Problems()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return ["the server is stopping"];
        }

        lock (probing)
        {
            // not the wall clock: set back by an hour, it would keep an old verdict for an hour
            if (probedAt is not { } last || time.GetElapsedTime(last) >= Holds)
            {
                probedAt = time.GetTimestamp();
                found = Probe();
            }

            return found;
        }
    }

    private string[] Probe()
    {
        var failure = StoreFailure();
        string[] rest = [.. new[] { DiskProblem(), LedgerProblem() }.OfType<string>()];
        Tell(failure);
        Tell(string.Join(", ", rest));
        return failure is null ? rest : ["the store can't be written", .. rest];
    }

    private Exception? StoreFailure()
    {
        try
        {
            store.Probe();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e;
        }
    }

    private string? DiskProblem()
    {
        try
        {
            return space.FreeBytes < settings.Current.Server.MinFreeBytes.Bytes ? "the disk is full" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // the store is gone, which its own probe has told
        }
    }

    private string? LedgerProblem()
    {
        try
        {
            ledger.UsageOf(null);
            return null;
        }
        catch (LedgerException)
        {
            return "the ledger can't be used";
        }
    }

    /// <summary>Only what is new: load balancers ask every few seconds.</summary>
    private void Tell(Exception? failure)
    {
        if (failure is null && !storeIsGood)
        {
            log.StoreWritable();
        }
        else if (failure is not null && storeIsGood)
        {
            log.StoreUnwritable(failure);
        }

        storeIsGood = failure is null;
    }

    private void Tell(string problems)
    {
        if (problems.Length > 0 && problems != others)
        {
            log.NotReady(problems);
        }
        else if (problems.Length == 0 && others.Length > 0)
        {
            log.ReadyAgain();
        }

        others = problems;
    }
}
