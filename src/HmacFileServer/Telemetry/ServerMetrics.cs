using System.Diagnostics.Metrics;
using HmacFileServer.Ledger;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Telemetry;

/// <summary>
/// Every metric of our own. Labels come from closed sets (scheme, refusal code): none grows with users or files.
/// Request durations and connections are ASP.NET Core's and Kestrel's own instruments.
/// </summary>
internal sealed partial class ServerMetrics
{
    public const string MeterName = "HmacFileServer";

    // A photo on a good line to a film from a phone in a tunnel; 1 KiB to 16 GiB.
    private static readonly InstrumentAdvice<double> Durations =
        new() { HistogramBucketBoundaries = [0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400] };

    private static readonly InstrumentAdvice<double> Sizes =
        new() { HistogramBucketBoundaries = [.. Enumerable.Range(0, 13).Select(step => 1024.0 * Math.Pow(4, step))] };

    private readonly Counter<long> uploads;
    private readonly Counter<long> uploadedBytes;
    private readonly Counter<long> repeats;
    private readonly Counter<long> aborted;
    private readonly Counter<long> buffered;
    private readonly Counter<long> cutByProxy;
    private readonly Counter<long> addressless;
    private readonly Counter<long> refusals;
    private readonly Counter<long> downloads;
    private readonly Counter<long> deletions;
    private readonly Counter<long> deletedBytes;
    private readonly UpDownCounter<long> running;
    private readonly Histogram<double> duration;
    private readonly Histogram<double> size;
    private readonly Histogram<double> sweeps;
    private readonly Counter<long> failedSweeps;
    private readonly Counter<long> unaudited;
    private readonly Counter<long> slots;
    private readonly Counter<long> slotsDenied;
    private readonly Counter<long> limits;
    private readonly UpDownCounter<long> connected;
    private readonly Counter<long> stanzasSkipped;
    private readonly Counter<long> backgroundErrors;
    private long lastSweep;

    public ServerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        uploads = meter.CreateCounter<long>("hfs.uploads", "{upload}", "Files stored, by signature scheme.");
        uploadedBytes = meter.CreateCounter<long>(
            "hfs.uploads.bytes", "By", "Bytes of files stored, by signature scheme.");
        repeats = meter.CreateCounter<long>("hfs.uploads.repeated", "{upload}", "Uploads of what was stored already.");
        aborted = meter.CreateCounter<long>(
            "hfs.uploads.aborted", "{upload}", "Uploads whose client left before the end.");
        cutByProxy = meter.CreateCounter<long>(
            "hfs.uploads.cut_by_proxy", "{upload}", "Uploads that a limit of a proxy seems to have ended, by sign.");
        buffered = meter.CreateCounter<long>(
            "hfs.uploads.buffered", "{upload}", "Uploads that a proxy seems to have stored first, by sign.");
        addressless = meter.CreateCounter<long>(
            "hfs.uploads.without_address", "{upload}",
            "Uploads from trusted proxies that did not tell whose they were.");
        refusals = meter.CreateCounter<long>("hfs.refusals", "{request}", "Requests refused, by code.");
        downloads = meter.CreateCounter<long>("hfs.downloads", "{download}", "Files served, whole or in part.");
        deletions = meter.CreateCounter<long>("hfs.deletions", "{file}", "Files deleted, by reason.");
        deletedBytes = meter.CreateCounter<long>("hfs.deletions.bytes", "By", "Bytes of files deleted, by reason.");
        slots = meter.CreateCounter<long>("hfs.slots", "{slot}", "Upload slots issued, by entrance.");
        slotsDenied = meter.CreateCounter<long>(
            "hfs.slots.denied", "{request}", "Requests for a slot denied, by entrance and code.");
        limits = meter.CreateCounter<long>(
            "hfs.limits.reached", "{time}", "How often a limit of [limits] was reached, by its key.");
        running = meter.CreateUpDownCounter<long>("hfs.uploads.running", "{upload}", "Uploads under way.");
        duration = meter.CreateHistogram(
            "hfs.upload.duration", "s", "How long stored uploads took, from head to answer.", advice: Durations);
        size = meter.CreateHistogram("hfs.upload.size", "By", "Sizes of stored uploads.", advice: Sizes);
        sweeps = meter.CreateHistogram<double>("hfs.sweep.duration", "s", "How long sweeps of [retention] took.");
        failedSweeps = meter.CreateCounter<long>(
            "hfs.sweeps.failed", "{sweep}", "Sweeps that ended early, by an error.");
        meter.CreateObservableGauge("hfs.sweep.last", LastSweep, "s", "When the last whole sweep ended, in Unix time.");
        unaudited = meter.CreateCounter<long>(
            "hfs.audit.failed", "{line}", "Lines that could not be written to audit_file.");
        connected = meter.CreateUpDownCounter<long>(
            "hfs.xmpp.connected", "{connection}",
            "1 while the XMPP server has us as its component; absent where we are none.");
        stanzasSkipped = meter.CreateCounter<long>(
            "hfs.xmpp.stanzas.skipped", "{stanza}", "Stanzas that are no request, and could not be read, by reason.");
        backgroundErrors = meter.CreateCounter<long>(
            "hfs.background.errors", "{error}", "Errors that nobody expected outside of requests, by task.");
    }

    public void Stored(string scheme, long bytes, TimeSpan took)
    {
        duration.Record(took.TotalSeconds);
        size.Record(bytes);
        uploads.Add(1, new KeyValuePair<string, object?>("scheme", scheme));
        uploadedBytes.Add(bytes, new KeyValuePair<string, object?>("scheme", scheme));
    }

    public void Repeated(string scheme) => repeats.Add(1, new KeyValuePair<string, object?>("scheme", scheme));

    public void Aborted(string scheme) => aborted.Add(1, new KeyValuePair<string, object?>("scheme", scheme));

    /// <param name="sign">expired, token-age or speed.</param>
    public void Buffered(string sign) => buffered.Add(1, new KeyValuePair<string, object?>("sign", sign));

    /// <param name="sign">silence or duration.</param>
    public void CutByProxy(string sign) => cutByProxy.Add(1, new KeyValuePair<string, object?>("sign", sign));

    public void CameWithoutAddress() => addressless.Add(1);

    public void Refused(string code) => refusals.Add(1, new KeyValuePair<string, object?>("code", code));

    /// <param name="limit">A key of [limits].</param>
    public void LimitReached(string limit) => limits.Add(1, new KeyValuePair<string, object?>("limit", limit));

    public void Deleted(BurialReason reason, long files, long bytes)
    {
        var label = new KeyValuePair<string, object?>("reason", Label(reason));
        deletions.Add(files, label);
        deletedBytes.Add(bytes, label);
    }

    public void Swept(TimeSpan took, DateTimeOffset at)
    {
        sweeps.Record(took.TotalSeconds);
        Volatile.Write(ref lastSweep, at.ToUnixTimeMilliseconds());
    }

    public void AuditFailed() => unaudited.Add(1);

    public void ComponentConnected() => connected.Add(1);

    public void ComponentLost() => connected.Add(-1);

    public void StanzaSkipped(SkipReason reason) =>
        stanzasSkipped.Add(1, new KeyValuePair<string, object?>("reason", Label(reason)));

    public void BackgroundFailed(BackgroundTask task) => backgroundErrors.Add(1, Label(task));

    public void SweepFailed() => failedSweeps.Add(1);

    public void Served() => downloads.Add(1);

    /// <param name="entrance">"component" or "service-url".</param>
    public void SlotIssued(string entrance) => slots.Add(1, new KeyValuePair<string, object?>("entrance", entrance));

    public void SlotDenied(string entrance, string code) => slotsDenied.Add(
        1, new KeyValuePair<string, object?>("entrance", entrance), new KeyValuePair<string, object?>("code", code));

    private static string Label(SkipReason reason) => reason == SkipReason.Size ? "size" : "xml";

    private static KeyValuePair<string, object?> Label(BackgroundTask task) =>
        new("task", task.ToString().ToLowerInvariant());

    public static string Label(BurialReason reason) => reason switch
    {
        BurialReason.Expired => "expired",
        BurialReason.Crowded => "crowded",
        _ => "deleted",
    };

    /// <summary>None before the first.</summary>
    private IEnumerable<Measurement<double>> LastSweep() =>
        Volatile.Read(ref lastSweep) is > 0 and var at ? [new(at / 1000.0)] : [];

    public Running UploadRunning()
    {
        running.Add(1);
        return new Running(running);
    }

    /// <summary>Counts one upload as under way until it is disposed.</summary>
    internal readonly struct Running(UpDownCounter<long> running) : IDisposable
    {
        public void Dispose() => running.Add(-1);
    }
}
