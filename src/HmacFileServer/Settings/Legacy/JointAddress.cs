using HmacFileServer.Settings.Legacy.Keys;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Legacy;

/// <summary>Where to listen.</summary>
internal sealed partial class JointKeys
{
    private const string Listen = "server.listen_address";

    /// <summary>The port of one key, the address of another, or the path of a socket.</summary>
    private void Listening(bool withDefault)
    {
        var (listen, ip) = (Find("listen_address") ?? Find("listenport") ?? Find("port"), Find("bind_ip"));
        if ((listen ?? ip) is { } at || withDefault)
        {
            var address = Address(OldValues.Text(listen?.Value) ?? "8080", OldValues.Text(ip?.Value) ?? "");
            var position = (listen ?? ip)?.Entry.KeyPosition ?? TomlPosition.Start;
            tree.Set(Listen, new TomlString(address, position), position);
        }

        string[] spellings = ["listen_address", "listenport", "port", "bind_ip", "unixsocket", "force_protocol"];
        foreach (var entry in spellings.Select(spelling => Find(spelling)).OfType<OldEntry>())
        {
            var text = OldValues.Text(tree.Find(Listen));
            tree.Note(entry, entry.Old!.Fate, Listen,
                text == OldValues.Text(entry.Value) ? "" : $"{Listen} = \"{text}\" here");
        }
    }

    private string Address(string listen, string ip)
    {
        if (OldValues.IsTrue(Find("unixsocket")?.Value) || listen.StartsWith('/'))
        {
            return listen.StartsWith("unix:", StringComparison.Ordinal) ? listen : "unix:" + listen;
        }

        var port = listen.TrimStart(':');
        if (port.Contains(':', StringComparison.Ordinal) && !OldValues.HasVariable(port))
        {
            return port; // has its host
        }

        var protocol = OldValues.Text(Find("force_protocol")?.Value)?.ToLowerInvariant();
        return (ip.Contains(':', StringComparison.Ordinal), protocol) switch
        {
            (true, _) => $"[{ip.Trim('[', ']')}]:{port}",
            (false, _) when ip.Length > 0 => $"{ip}:{port}",
            (_, "ipv4") => $"0.0.0.0:{port}",
            (_, "ipv6") => $"[::]:{port}",
            _ => port,
        };
    }
}
