using System.Text.Json;
using HmacFileServer.Doctor.Arrival;
using HmacFileServer.Ledger;
using HmacFileServer.Limits;
using HmacFileServer.Settings;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;
using HmacFileServer.Uploads;
using HmacFileServer.Xmpp;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace HmacFileServer.Status;

/// <summary>What the server knows of itself at this moment, as JSON.</summary>
internal sealed class StatusReport(
    LiveSettings settings,
    Readiness readiness,
    IServer server,
    ActiveUploads uploads,
    DiskBlobStore store,
    DiskSpace space,
    ILedger ledger,
    ConnectionLimits connections,
    LimitLog limits,
    ComponentState component,
    MetricsEndpoint metrics,
    BufferingWatch buffering,
    AddressWatch addresses,
    TimeProvider time)
{
    private const int MostOwners = 10;

    private readonly DateTimeOffset started = time.GetUtcNow();

    public void Write(Utf8JsonWriter json)
    {
        var rules = settings.Current;
        json.WriteStartObject();
        json.WriteString("version", ProgramVersion.Text);
        json.WriteNumber("pid", Environment.ProcessId);
        json.WriteString("started", started);
        json.WriteNumber("uptime_seconds", Seconds(time.GetUtcNow() - started));
        Strings(json, "listening", server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
        Strings(json, "problems", readiness.Problems());
        WriteUploads(json);
        WriteStore(json, rules);
        WriteQuotas(json, rules.Quotas);
        WriteConnections(json);
        WriteSurroundings(json, rules);
        json.WriteEndObject();
    }

    private void WriteUploads(Utf8JsonWriter json)
    {
        json.WriteStartArray("uploads");
        foreach (var (key, upload) in uploads.UnderWay)
        {
            var (received, age) = (upload.Body.Received, upload.Body.Age);
            json.WriteStartObject();
            json.WriteString("key", key.Text);
            json.WriteString("owner", upload.Owner);
            json.WriteString("address", upload.Address);
            json.WriteNumber("received", received);
            json.WriteNumber("total", upload.Body.Length);
            json.WriteNumber("bytes_per_second", (long)(received / Math.Max(age.TotalSeconds, 0.001)));
            json.WriteNumber("age_seconds", Seconds(age));
            json.WriteNumber("quiet_seconds", Seconds(upload.Body.Quiet));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteStore(Utf8JsonWriter json, ServerSettings rules)
    {
        json.WriteStartObject("store");
        json.WriteString("path", store.Path);
        if (Asked(() => ledger.UsageOf(null)) is { } all)
        {
            json.WriteNumber("bytes", all.Bytes);
            json.WriteNumber("files", all.Files);
        }

        if (Asked(() => new { Free = space.FreeBytes, Size = space.TotalBytes }) is { } disk)
        {
            json.WriteNumber("disk_free", disk.Free);
            json.WriteNumber("disk_size", disk.Size);
        }

        json.WriteNumber("kept_free", rules.Server.MinFreeBytes.Bytes);
        json.WriteNumber("promised", space.PromisedBytes);
        json.WriteEndObject();
    }

    /// <summary>Only where there are any: those who have used most, with what they may.</summary>
    private void WriteQuotas(Utf8JsonWriter json, QuotaSettings quotas)
    {
        json.WriteStartObject("quotas");
        json.WriteNumber("total", quotas.Total.Bytes);
        json.WriteNumber("per_owner", quotas.PerOwner.Bytes);
        json.WriteStartArray("owners");
        var perOwner = quotas.PerOwner.Bytes > 0 || quotas.Custom.Count > 0;
        foreach (var owner in perOwner ? Asked(() => ledger.Owners(MostOwners)) ?? [] : [])
        {
            json.WriteStartObject();
            json.WriteString("owner", owner.Owner);
            json.WriteNumber("bytes", owner.Bytes);
            json.WriteNumber("files", owner.Files);
            json.WriteNumber("quota", quotas.Of(owner.Owner).Bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteConnections(Utf8JsonWriter json)
    {
        json.WriteStartObject("connections");
        json.WriteNumber("open", connections.Count);
        json.WriteNumber("most", connections.Most);
        json.WriteNumber("clients", connections.Clients);
        json.WriteEndObject();
        json.WriteStartObject("limits_reached");
        foreach (var (limit, count) in limits.Counts)
        {
            json.WriteNumber(limit, count);
        }

        json.WriteEndObject();
    }

    private void WriteSurroundings(Utf8JsonWriter json, ServerSettings rules)
    {
        var (connected, since, reason) = component.Current;
        json.WriteStartObject("xmpp");
        json.WriteString("domain", rules.Xmpp.Domain);
        json.WriteBoolean("connected", connected);
        json.WriteString("reason", reason);
        if (since is { } moment)
        {
            json.WriteString("since", moment);
        }

        json.WriteEndObject();
        json.WriteString("metrics", metrics.Address);
        json.WriteStartObject("buffering_proxy");
        json.WriteNumber("signs", buffering.Signs);
        json.WriteString("last", buffering.LastSign);
        json.WriteEndObject();
        json.WriteNumber("uploads_without_address", addresses.Signs);
    }

    /// <returns>Null when the disk or the ledger does not answer: the rest is all the more wanted then.</returns>
    private static T? Asked<T>(Func<T> ask)
        where T : class
    {
        try
        {
            return ask();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 1);
}
