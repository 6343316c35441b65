using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;

namespace HmacFileServer.Ledger;

/// <summary>
/// Deletes files: first the tombstones, durable, then the files. A crash between the two leaves a list of what is still
/// to be unlinked, so that no deleted file comes back.
/// </summary>
internal sealed class Eraser(
    ILedger ledger, DiskBlobStore store, TimeProvider time, ServerMetrics? metrics, AuditLog audit, ILogger<Eraser> log)
{
    /// <summary>
    /// How long a key stays on the list after its file was unlinked: until the file system has surely written that down
    /// (ext4 every 5 seconds, XFS and btrfs every 30).
    /// </summary>
    private static readonly TimeSpan UntilDurable = TimeSpan.FromMinutes(1);

    private const int AtATime = 500;

    /// <summary>Deletes the files of these keys, known to the ledger or not.</summary>
    /// <exception cref="LedgerException">Nothing was deleted.</exception>
    public async Task<Burials> EraseAsync(IReadOnlyList<string> keys, BurialReason reason, Actor actor)
    {
        var entries = audit.IsOn ? keys.Select(key => (key, ledger.Find(key))).ToArray() : [];
        var burials = await ledger.BuryAsync(keys, reason, time.GetUtcNow());
        foreach (var (key, entry) in entries.Where(entry => !burials.Busy.Contains(entry.key)))
        {
            audit.Write(new AuditEvent("deleted", actor)
            {
                Key = key,
                Bytes = entry?.Size,
                Owner = entry?.Owner,
                Reason = ServerMetrics.Label(reason),
            });
        }

        ledger.Unlinked([.. keys.Except(burials.Busy).Where(TryUnlink)]);
        metrics?.Deleted(reason, burials.Files, burials.Bytes);
        return burials;
    }

    /// <summary>Makes sure that what was deleted a while ago is gone, and takes it off the list.</summary>
    public async Task FinishAsync()
    {
        while (ledger.Unlinking(time.GetUtcNow() - UntilDurable, AtATime) is { Count: > 0 } keys)
        {
            var gone = keys.Where(TryUnlink).ToArray();
            await ledger.GoneAsync(gone);
            if (gone.Length < keys.Count)
            {
                return; // they are tried again the next time
            }
        }
    }

    /// <summary>After a crash: unlinks what was buried and perhaps not unlinked.</summary>
    public int GoOn()
    {
        var unlinked = ledger.Interrupted().Where(TryUnlink).ToArray();
        foreach (var key in unlinked)
        {
            audit.Write(new AuditEvent("deleted", Actor.Recovery) { Key = key });
        }

        ledger.Unlinked(unlinked);
        return unlinked.Length;
    }

    private bool TryUnlink(string key)
    {
        try
        {
            if (BlobKey.TryParse(key, out var blob))
            {
                store.Remove(blob);
                RemoveHashed(blob);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.NotUnlinked(e, key);
            return false;
        }
    }

    /// <summary>What was taken over from a server that had kept only the hashes of keys lies under its key's.</summary>
    private void RemoveHashed(BlobKey key)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.Text)));
        var file = Path.Combine(store.Path, DiskBlobStore.HashedPath(hash));
        if (File.Exists(file)) // no store but such a one has the folder, and without it deleting is an error
        {
            File.Delete(file);
        }
    }
}
