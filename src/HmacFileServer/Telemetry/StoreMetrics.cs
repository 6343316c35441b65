using System.Diagnostics.Metrics;
using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Sqlite;
using HmacFileServer.Settings;
using HmacFileServer.Storage;

namespace HmacFileServer.Telemetry;

/// <summary>What is asked only when somebody looks: the disk, the ledger and the quotas.</summary>
internal sealed class StoreMetrics
{
    private static readonly string[] LedgerSuffixes = ["", "-wal"];

    private readonly ILedger ledger;
    private readonly LiveSettings settings;
    private readonly DiskSpace space;

    public StoreMetrics(
        IMeterFactory meters, ILedger ledger, DiskBlobStore store, DiskSpace space, LiveSettings settings,
        TimeProvider time)
    {
        this.ledger = ledger;
        this.settings = settings;
        this.space = space;
        var meter = meters.Create(ServerMetrics.MeterName);
        var started = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        meter.CreateObservableGauge("hfs.stored", Stored, "By", "Bytes of all files in the ledger.");
        meter.CreateObservableGauge("hfs.stored.files", StoredFiles, "{file}", "Files in the ledger.");
        meter.CreateObservableGauge(
            "hfs.disk.free", () => space.FreeBytes, "By", "Bytes free on the disk of the store.");
        meter.CreateObservableGauge(
            "hfs.disk.size", () => space.TotalBytes, "By", "Bytes that the disk of the store holds.");
        meter.CreateObservableGauge(
            "hfs.disk.reserve", () => this.settings.Current.Server.MinFreeBytes.Bytes, "By",
            "Bytes kept free: min_free_bytes.");
        meter.CreateObservableGauge(
            "hfs.uploads.promised", () => space.PromisedBytes, "By", "Bytes that running uploads have yet to bring.");
        meter.CreateObservableGauge(
            "hfs.quota.total", () => this.settings.Current.Quotas.Total.Bytes, "By",
            "The quota of everybody together; 0: none.");
        meter.CreateObservableGauge(
            "hfs.ledger.up", () => Usage() is null ? 0 : 1, "{bool}", "1 while the ledger answers.");
        meter.CreateObservableGauge(
            "hfs.ledger.file", () => LedgerFiles(store), "By",
            "Bytes of the ledger's own files, on the disk of the store.");
        meter.CreateObservableGauge("hfs.start.time", () => started, "s", "When the server started, in Unix time.");
        meter.CreateObservableGauge("hfs.build.info", Build, "{bool}", "1, and which version this is.");
    }

    private IEnumerable<Measurement<long>> Stored() => Usage() is { } usage ? [new(usage.Bytes)] : [];

    private IEnumerable<Measurement<long>> StoredFiles() => Usage() is { } usage ? [new(usage.Files)] : [];

    /// <summary>The database and its write-ahead log.</summary>
    private static long LedgerFiles(DiskBlobStore store) => LedgerSuffixes
        .Select(suffix => new FileInfo(store.OwnPath(LedgerFile.Name) + suffix))
        .Sum(file => file.Exists ? file.Length : 0);

    private static IEnumerable<Measurement<long>> Build() =>
        [new(1, new KeyValuePair<string, object?>("version", ProgramVersion.Text))];

    /// <returns>Null while the ledger does not answer: a gauge that is absent says more than one of 0.</returns>
    private Usage? Usage()
    {
        try
        {
            return ledger.UsageOf(null);
        }
        catch (LedgerException)
        {
            return null;
        }
    }
}
