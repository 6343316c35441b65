using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Repair;
using HmacFileServer.Retention;
using HmacFileServer.Storage;

namespace HmacFileServer.Commands.Migrate;

/// <summary>How many files went which way.</summary>
internal sealed class ImportCounts
{
    public long Linked { get; set; }

    public long Copied { get; set; }

    public long Present { get; set; }

    /// <summary>Deleted or expired here since an earlier run: what is gone stays gone.</summary>
    public long Gone { get; set; }

    /// <summary>Not taken over: why, and for the first ones which.</summary>
    public List<string> Problems { get; } = [];

    public long Failed { get; set; }

    public long Looked => Linked + Copied + Present + Gone + Failed;
}

/// <summary>
/// Takes the files of another store into ours. Each is whole or not there; a run that was killed is taken up by the
/// next, which finds its files in place.
/// </summary>
internal static class StoreImport
{
    private const int Batch = 500;
    private const int MostProblems = 20;
    private const string NoFile = "is a symbolic link, or no plain file: such are left out";

    /// <param name="counts">Of what is done so far, also when the run is stopped.</param>
    public static async Task RunAsync(
        IEnumerable<OldBlob> files,
        DiskBlobStore store,
        ILedger ledger,
        ImportCounts counts,
        TimeProvider time,
        Action<long> report,
        CancellationToken cancel)
    {
        await Grace.RenewAsync(ledger);
        foreach (var batch in files.Chunk(Batch))
        {
            cancel.ThrowIfCancellationRequested();
            var wanted = batch.Where(file => file.Key is null || ledger.FindBurial(file.Key.Text) is null).ToArray();
            counts.Gone += batch.Length - wanted.Length;
            foreach (var file in wanted)
            {
                TakeOver(store, file, counts);
            }

            var now = LedgerTime.ToMilliseconds(time.GetUtcNow());
            await ledger.AdoptAsync(
            [
                .. wanted.Where(file => file.Key is not null)
                    .Select(file => Rebuild.Describe(store, file.StoredPath, now))
                    .OfType<LedgerEntry>(),
            ]);
            report(counts.Looked);
        }

        await ClassProgress.ForgetAllAsync(ledger, time.GetUtcNow());
        store.SyncAll();
    }

    /// <summary>What a run would do, without doing it.</summary>
    public static ImportCounts Rehearse(IEnumerable<OldBlob> files, string storagePath)
    {
        var counts = new ImportCounts();
        foreach (var file in files)
        {
            if (file.Unusable is { } reason)
            {
                Fail(counts, file, reason);
            }
            else if (File.Exists(Path.Combine(storagePath, file.StoredPath)))
            {
                counts.Present++;
            }
            else
            {
                Try(counts, file);
            }
        }

        return counts;
    }

    private static void Try(ImportCounts counts, OldBlob file)
    {
        try
        {
            using var source = Posix.OpenPlainFile(file.Source);
            if (source is null)
            {
                Fail(counts, file, NoFile);
                return;
            }

            counts.Linked++;
        }
        catch (PosixException e)
        {
            Fail(counts, file, e.Message);
        }
    }

    private static void TakeOver(DiskBlobStore store, OldBlob file, ImportCounts counts)
    {
        if (file.Unusable is { } reason)
        {
            Fail(counts, file, reason);
            return;
        }

        try
        {
            switch (store.TakeOver(file.Source, file.StoredPath, file.Key, file.Metadata))
            {
                case TakeOverOutcome.Linked:
                    counts.Linked++;
                    break;
                case TakeOverOutcome.Copied:
                    counts.Copied++;
                    break;
                case TakeOverOutcome.Present:
                    counts.Present++;
                    break;
                case TakeOverOutcome.NoFile:
                    Fail(counts, file, NoFile);
                    break;
                default:
                    Fail(counts, file, "another file has its name in the store, and stays");
                    break;
            }
        }
        catch (Exception e)
            when (e is PosixException { IsFull: false } or FileNotFoundException or UnauthorizedAccessException)
        {
            Fail(counts, file, e.Message); // the others still come; a full disk ends it all
        }
    }

    private static void Fail(ImportCounts counts, OldBlob file, string reason)
    {
        counts.Failed++;
        if (counts.Problems.Count < MostProblems)
        {
            counts.Problems.Add($"{file.Source}: {reason}");
        }
    }
}
