using HmacFileServer.Doctor.Arrival;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;
using HmacFileServer.Slots.Issuing;
using HmacFileServer.Storage;

namespace HmacFileServer.Doctor.Probe;

/// <summary>
/// What all parts of one live probe share: the wire, the addresses with their signatures, and what was found.
/// </summary>
internal sealed class ProbeRun(ServerSettings settings, ProbeWire wire, TimeProvider time)
{
    /// <summary>What the slots are for, and what nginx compresses even without gzip_types.</summary>
    public const string SlotType = "text/html";

    private readonly string folder = ProbePass.NewFolder();

    public ServerSettings Settings { get; } = settings;

    public ProbeWire Wire { get; } = wire;

    public TimeProvider Time { get; } = time;

    public List<Finding> Findings { get; } = [];

    public Uri Base => Settings.Server.PublicUrl!;

    public string Key(string name) => $"{folder}/{name}";

    public string Url(string name) => $"{Base}{folder}/{name}";

    /// <summary>A file name that the operator's rules let in.</summary>
    public string FileName { get; } = "probe."
        + (settings.Uploads.AllowedExtensions is [var allowed, ..] ? allowed : "bin");

    /// <summary>The path as the server must receive it.</summary>
    public string ExpectedPath(string name) => $"{Settings.Server.BasePath}{Key(name)}";

    /// <summary>An address at which the server tells how the request arrived.</summary>
    public string Telling(string method, string name) =>
        $"{Url(name)}?{ProbePass.Query(Settings.Security, method, Key(name), Time.GetUtcNow())}";

    /// <summary>An upload as the XMPP server would hand it out, by the first scheme that is on.</summary>
    public (string Url, (string, string)[] Headers) Slot(string name, long size)
    {
        if (!BlobKey.TryParse(Key(name), out var key))
        {
            throw new InvalidOperationException();
        }

        var now = Time.GetUtcNow();
        var scheme = Settings.Security.Schemes[0];
        if (scheme != "jwt")
        {
            return ($"{Url(name)}?{SlotUrls.SignedQuery(Settings, key, scheme, size, SlotType, now)}", []);
        }

        var slot = SlotIssuer.Grant(key, new SlotOrder("", key.Name, size) { ContentType = SlotType }, Settings, now);
        return (Url(name), [("Authorization", slot.Authorization)]);
    }

    public void Good(string title) => Findings.Add(Finding.Good(Link.Proxy, title));

    public void Add(Severity severity, string code, Link link, string title, string effect, string? remedy = null) =>
        Findings.Add(new Finding(severity, code, link, title) { Effect = effect, Remedy = remedy });
}
