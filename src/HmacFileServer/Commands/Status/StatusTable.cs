using System.Globalization;
using System.Text.Json;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Commands.Status;

/// <summary>The server's report for people.</summary>
internal static class StatusTable
{
    public static void Print(JsonElement report)
    {
        Output.Table(["Server", ""], Server(report));
        var uploads = report.GetProperty("uploads");
        if (uploads.GetArrayLength() > 0)
        {
            Output.Table(["Upload", "Received", "Of", "Rate", "Age", "Quiet", "Owner", "From"],
                uploads.EnumerateArray().Select(Upload));
        }

        var owners = report.GetProperty("quotas").GetProperty("owners");
        if (owners.GetArrayLength() > 0)
        {
            Output.Table(["Owner", "Size", "Files", "Quota"], owners.EnumerateArray().Select(Owner));
        }
    }

    private static IEnumerable<string[]> Server(JsonElement report)
    {
        var problems = Texts(report.GetProperty("problems"));
        yield return ["version", Text(report, "version")];
        var age = Words.Time(Seconds(report, "uptime_seconds"));
        yield return ["up since", $"{Time(report, "started")} ({age}), pid {Number(report, "pid")}"];
        yield return ["ready", problems.Length == 0 ? "yes" : "no: " + problems];
        yield return ["listening", Texts(report.GetProperty("listening"))];
        var uploads = report.GetProperty("uploads").GetArrayLength();
        yield return ["uploads under way", uploads.ToString(CultureInfo.InvariantCulture)];
        var store = report.GetProperty("store");
        yield return ["store", Text(store, "path")];
        if (store.TryGetProperty("files", out _))
        {
            yield return ["stored", $"{Size(store, "bytes")} in {Number(store, "files")} files{Total(report)}"];
        }

        if (store.TryGetProperty("disk_free", out _))
        {
            yield return ["disk", $"{Size(store, "disk_free")} free of {Size(store, "disk_size")}; "
                + $"{Size(store, "kept_free")} kept free, {Size(store, "promised")} promised to uploads"];
        }

        var connections = report.GetProperty("connections");
        yield return ["connections", $"{Number(connections, "open")} of {Number(connections, "most")}"];
        var reached = report.GetProperty("limits_reached").EnumerateObject()
            .Select(limit => $"{limit.Name} {limit.Value}");
        yield return ["limits reached", string.Join(", ", reached) is { Length: > 0 } some ? some : "none"];
        yield return ["XMPP component", Component(report.GetProperty("xmpp"))];
        yield return ["metrics", Text(report, "metrics") is { Length: > 0 } url ? url : "nowhere"];
        var buffering = report.GetProperty("buffering_proxy");
        yield return ["proxy stores uploads", buffering.GetProperty("signs").GetInt32() is > 0 and var signs
            ? $"{Words.Count(signs, "sign")} of it; the last: {Text(buffering, "last")}"
            : "no sign of it"];
        if (report.TryGetProperty("uploads_without_address", out var count) && count.GetInt32() is > 0 and var nameless)
        {
            var many = Words.Count(nameless, "upload");
            yield return ["proxy hides clients", $"X-Forwarded-For is missing from all of {many}"];
        }
    }

    private static string[] Upload(JsonElement upload)
    {
        var (received, total) = (upload.GetProperty("received").GetInt64(), upload.GetProperty("total").GetInt64());
        var part = total == 0 ? 100 : received * 100 / total;
        return
        [
            Text(upload, "key"),
            string.Create(CultureInfo.InvariantCulture, $"{Output.Size(received)} ({part}%)"),
            Output.Size(total),
            Size(upload, "bytes_per_second") + "/s",
            Words.Time(Seconds(upload, "age_seconds")),
            Words.Time(Seconds(upload, "quiet_seconds")),
            Text(upload, "owner"),
            Text(upload, "address"),
        ];
    }

    private static string[] Owner(JsonElement owner) =>
    [
        Text(owner, "owner"),
        Size(owner, "bytes"),
        Number(owner, "files"),
        owner.GetProperty("quota").GetInt64() is > 0 and var quota ? Output.Size(quota) : "",
    ];

    private static string Total(JsonElement report) =>
        report.GetProperty("quotas").GetProperty("total").GetInt64() is > 0 and var total
            ? $"; {Output.Size(total)} allowed"
            : "";

    private static string Component(JsonElement xmpp)
    {
        if (Text(xmpp, "domain") is not { Length: > 0 } domain)
        {
            return "off";
        }

        var since = xmpp.TryGetProperty("since", out _) ? $" since {Time(xmpp, "since")}" : "";
        return xmpp.GetProperty("connected").GetBoolean()
            ? $"{domain}, connected{since}"
            : $"{domain}, NOT connected{since}. {Text(xmpp, "reason")}";
    }

    private static string Text(JsonElement at, string name) => at.GetProperty(name).GetString() ?? "";

    private static string Texts(JsonElement array) =>
        string.Join(", ", array.EnumerateArray().Select(item => item.GetString()));

    private static string Number(JsonElement at, string name) => at.GetProperty(name).GetRawText();

    private static string Size(JsonElement at, string name) => Output.Size(at.GetProperty(name).GetInt64());

    private static TimeSpan Seconds(JsonElement at, string name) =>
        TimeSpan.FromSeconds(at.GetProperty(name).GetDouble());

    private static string Time(JsonElement at, string name) => Output.Time(at.GetProperty(name).GetDateTimeOffset());
}
