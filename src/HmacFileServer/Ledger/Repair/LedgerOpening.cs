using HmacFileServer.Ledger.Sqlite;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Ledger.Repair;

/// <summary>
/// Opens the ledger beside the files. One that can't be used does not keep the server from serving them.
/// </summary>
internal static class LedgerOpening
{
    public static ILedger Open(DiskBlobStore store, bool durable, ILogger log)
    {
        var path = store.OwnPath(LedgerFile.Name);
        var isNew = !File.Exists(path);
        try
        {
            var ledger = SqliteLedger.Open(path, durable);
            if (isNew)
            {
                log.LedgerMade(store.IsEmpty
                    ? "there are no files yet"
                    : "files from before are served; to count and sweep them, too: hmac-file-server ledger rebuild");
            }

            return ledger;
        }
        catch (LedgerException e)
        {
            log.LedgerBroken(e);
            return new BrokenLedger(e);
        }
    }
}
