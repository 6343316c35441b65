using HmacFileServer.Storage;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Ledger.Repair;

/// <summary>
/// What a killed process left between ledger and disk, put right at the start: as much work as was in flight then,
/// whatever the size of the store.
/// </summary>
internal sealed class Reconciliation(ILedger ledger, DiskBlobStore store, Eraser eraser, ILogger<Reconciliation> log)
{
    public async Task RunAsync()
    {
        try
        {
            var (kept, withdrawn) = (0, new List<Task>());
            foreach (var entry in ledger.InFlight())
            {
                if (BlobKey.TryParse(entry.Key, out var key) && store.Holds(key))
                {
                    ledger.Confirm(entry);
                    kept++;
                }
                else
                {
                    withdrawn.Add(ledger.WithdrawAsync(entry));
                }
            }

            await Task.WhenAll(withdrawn);
            var unlinked = eraser.GoOn();
            if (kept + withdrawn.Count + unlinked > 0)
            {
                log.Reconciled(kept, withdrawn.Count, unlinked);
            }
        }
        catch (LedgerException e)
        {
            log.LedgerBroken(e); // files are served all the same
        }
    }
}
