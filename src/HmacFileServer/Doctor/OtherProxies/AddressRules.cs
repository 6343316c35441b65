using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;

namespace HmacFileServer.Doctor.OtherProxies;

/// <summary>Whether a proxy tells whose uploads it passes on. Caddy and Apache do unless told otherwise.</summary>
internal static class AddressRules
{
    private const string Header = "X-Forwarded-For";
    private const string Effect =
        "Every client then has the proxy's address: in the log, and for the limits per client.";

    public static IEnumerable<Finding> OfCaddy(IReadOnlyList<ProxyLine> lines, HostSettings server) => lines
        .Where(line => Believes(server) && line.Begins("header_up", "-" + Header))
        .Select(line => ProxyRules.Without(line, Severity.Warning, "caddy-forwarded-for", Title("Caddy"), Effect));

    public static IEnumerable<Finding> OfApache(IReadOnlyList<ProxyLine> lines, HostSettings server) => lines
        .Where(line => Believes(server) && line.Begins("ProxyAddHeaders", "Off") && !lines.Any(SetsHeader))
        .Select(line => ProxyRules.About(
            line, Severity.Warning, "apache-forwarded-for", Title("Apache"), Effect, "ProxyAddHeaders On"));

    /// <summary>In mode http by a header, in mode tcp by the PROXY protocol, which works in both.</summary>
    public static IEnumerable<Finding> OfHaProxy(IReadOnlyList<ProxyLine> lines, HostSettings server)
    {
        var isTold = !Believes(server)
            || lines.Any(line => line.Begins("option", "forwardfor") || SetsHeader(line));
        return Servers(lines)
            .Where(found => !found.Line.Words.Any(word => word.StartsWith("send-proxy", StringComparison.Ordinal)))
            .Select(found => Hidden(found.Line, found.Mode, isTold, server))
            .OfType<Finding>();
    }

    private static string Title(string proxy) => $"{proxy} does not tell whose uploads it passes on";

    private static bool Believes(HostSettings server) => !server.TrustedProxies.IsEmpty;

    private static bool SetsHeader(ProxyLine line) => (line.Begins("http-request") || line.Begins("RequestHeader"))
        && line.Word(1) is "set-header" or "add-header" or "set" or "add" or "append" or "merge"
        && line.Word(2).Equals(Header, StringComparison.OrdinalIgnoreCase);

    /// <summary>Each "server" line with the mode of its section, or that of the defaults before it.</summary>
    private static IEnumerable<(ProxyLine Line, string Mode)> Servers(IReadOnlyList<ProxyLine> lines)
    {
        var (section, usual, mode) = ("", "tcp", "tcp");
        List<ProxyLine> servers = [];
        foreach (var line in lines)
        {
            if (line.Words[0] is "global" or "defaults" or "frontend" or "backend" or "listen")
            {
                foreach (var one in servers)
                {
                    yield return (one, mode);
                }

                servers.Clear();
                (section, mode) = (line.Words[0], usual);
            }
            else if (line.Begins("mode"))
            {
                mode = line.Word(1);
                usual = section == "defaults" ? mode : usual;
            }
            else if (line.Begins("server"))
            {
                servers.Add(line);
            }
        }

        foreach (var one in servers)
        {
            yield return (one, mode);
        }
    }

    /// <summary>Null for a server that is not this one, or hears it otherwise.</summary>
    private static Finding? Hidden(ProxyLine line, string mode, bool isTold, HostSettings server)
    {
        const string Code = "haproxy-forwarded-for";
        if (server.ProxyProtocolAddress.Any(address => IsPort(line, address.Port)))
        {
            return ProxyRules.About(line, Severity.Failure, Code, Title("HAProxy"),
                "proxy_protocol_address waits for the PROXY protocol, and ends connections that come without it.",
                line.Text.Trim() + " send-proxy-v2");
        }

        if (isTold || !server.ListenAddress.Any(address => IsPort(line, address.Port)))
        {
            return null;
        }

        if (mode == "http")
        {
            return ProxyRules.Missing(line, Severity.Warning, Code, Title("HAProxy"), Effect, "option forwardfor");
        }

        return server.ProxyProtocolAddress is [{ UnixPath: null } proxied, ..]
            ? ProxyRules.About(
                line, Severity.Warning, Code, Title("HAProxy"), Effect, Sending(line, proxied.ToString()))
            : new Finding(Severity.Warning, Code, Link.Proxy, Title("HAProxy"))
            {
                Effect = Effect,
                Place = line.Place,
                Remedy = "In config.toml: [server] proxy_protocol_address = [\"127.0.0.1:8081\"], and here: "
                    + Sending(line, "127.0.0.1:8081"),
            };
    }

    private static string Sending(ProxyLine line, string address) =>
        line.Text.Trim().Replace(line.Word(2), address, StringComparison.Ordinal) + " send-proxy-v2";

    private static bool IsPort(ProxyLine line, int port) =>
        port > 0 && line.Word(2).EndsWith($":{port}", StringComparison.Ordinal);
}
