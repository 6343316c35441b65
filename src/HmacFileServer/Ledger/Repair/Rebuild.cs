using System.Collections.Immutable;
using HmacFileServer.Downloads;
using HmacFileServer.Retention;
using HmacFileServer.Storage;

namespace HmacFileServer.Ledger.Repair;

/// <summary>
/// Enters what lies on disk and is not in the ledger: files from before us, or all of them when the ledger was lost.
/// What the file's attributes don't tell is guessed: the type by extension, the time by the file's own, the owner by
/// its path. Can run beside the server, and be stopped at any time.
/// </summary>
internal static class Rebuild
{
    private const string ProgressNote = "rebuilt-to";

    // An upload of this moment may not be confirmed yet; that one is ours, and no rule is about to delete it.
    private static readonly TimeSpan Old = TimeSpan.FromMinutes(10);

    /// <param name="hidden">What is never served is not entered either: another server's database must not be swept for
    /// its age.</param>
    public static async Task<RebuildProgress> RunAsync(
        ILedger ledger,
        DiskBlobStore store,
        TimeProvider time,
        IProgress<RebuildProgress>? progress = null,
        int batch = 500,
        ImmutableArray<string> hidden = default,
        CancellationToken cancel = default)
    {
        var done = new RebuildProgress(0, 0, "");
        var renewed = false;
        foreach (var paths in StoreWalk.Files(store.Path, ledger.Note(ProgressNote) ?? "").Chunk(batch))
        {
            cancel.ThrowIfCancellationRequested();
            var now = LedgerTime.ToMilliseconds(time.GetUtcNow());
            var found = paths.Select(path => Describe(store, path, now)).OfType<LedgerEntry>()
                .Where(entry => !IsHidden(entry, hidden)).ToArray();
            if (!renewed && found.Any(entry => entry.StoredAt < now - Old && IsNew(ledger, entry)))
            {
                await Grace.RenewAsync(ledger); // first, or a sweep could come in between
                renewed = true;
            }

            var adopted = await ledger.AdoptAsync(found);
            await ledger.NoteAsync(ProgressNote, paths[^1]);
            done = new RebuildProgress(done.Looked + paths.Length, done.Adopted + adopted, paths[^1]);
            progress?.Report(done);
        }

        await ledger.NoteAsync(ProgressNote, null);
        await ClassProgress.ForgetAllAsync(ledger, time.GetUtcNow());
        return done;
    }

    /// <summary>How many files a run would look at.</summary>
    public static long Remaining(ILedger ledger, DiskBlobStore store) =>
        StoreWalk.Files(store.Path, ledger.Note(ProgressNote) ?? "").LongCount();

    private static bool IsHidden(LedgerEntry entry, ImmutableArray<string> hidden) =>
        !hidden.IsDefaultOrEmpty && BlobKey.TryParse(entry.Key, out var key) && FormerPaths.IsHidden(key, hidden);

    private static bool IsNew(ILedger ledger, LedgerEntry entry) =>
        ledger.Find(entry.Key) is null && ledger.FindBurial(entry.Key) is null;

    /// <returns>Null for what no URL can name.</returns>
    public static LedgerEntry? Describe(DiskBlobStore store, string path, DateTimeOffset now)
    {
        if (store.OpenStored(path) is not { } blob)
        {
            return null;
        }

        using (blob)
        {
            var type = MediaTypes.Of(blob.Metadata.ContentType, blob.Key.Extension).Text;
            var storedAt = LedgerTime.ToMilliseconds(blob.LastModified);
            return new LedgerEntry
            {
                Key = blob.Key.Text,
                Size = blob.Length,
                ContentType = type == MediaTypes.Unknown ? null : type,
                Owner = Owners.Of(blob.Key, BlobMetadata.ReadOwner(blob.Handle)),
                Scheme = LedgerEntry.FoundOnDisk,
                StoredAt = storedAt < now ? storedAt : now, // a file from the future would never be the oldest
                Expires = blob.Metadata.Expires,
            };
        }
    }
}

/// <param name="Looked">Files looked at, this time.</param>
/// <param name="Adopted">Of these, the ones that were new to the ledger.</param>
/// <param name="Last">The last one, relative to the store.</param>
internal sealed record RebuildProgress(long Looked, long Adopted, string Last);
