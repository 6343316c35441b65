using System.Globalization;
using HmacFileServer.Xmpp;

namespace HmacFileServer.Doctor.Chat.Wire;

/// <summary>As whom the doctor logs in, and where. Never printed with its password.</summary>
internal sealed record ChatAccount(string User, string Domain)
{
    public const int UsualPort = 5222;
    public const int DirectTlsPort = 5223; // by custom; IANA has it for something else

    public string Password { get; init; } = "";

    /// <summary>The host to connect to: the domain, unless the operator says another.</summary>
    public string Host { get; init; } = Domain;

    public int Port { get; init; } = UsualPort;

    /// <summary>TLS from the first byte, without STARTTLS (XEP-0368).</summary>
    public bool IsDirectTls { get; init; }

    /// <summary>Go on although the certificate is not trusted, and say so.</summary>
    public bool TakesAnyCertificate { get; init; }

    /// <param name="server">"host", "host:port", "[::1]:port"; null for the domain itself.</param>
    public static bool TryParse(string jid, string? server, out ChatAccount account, out string problem)
    {
        account = null!;
        problem = $"\"{jid}\" is no account: write user@example.org.";
        if (!Jid.TryParse(jid, out var parsed) || parsed.Bare.IndexOf('@', StringComparison.Ordinal) is not (> 0 and var at))
        {
            return false;
        }

        account = new ChatAccount(parsed.Bare[..at], parsed.Domain);
        if (server is null)
        {
            return true;
        }

        problem = $"\"{server}\" is no server: write host or host:port.";
        if (!TryParseServer(server, out var host, out var port))
        {
            return false;
        }

        account = account with { Host = host, Port = port, IsDirectTls = port == DirectTlsPort };
        return true;
    }

    public override string ToString() => $"{User}@{Domain}";

    private static bool TryParseServer(string server, out string host, out int port)
    {
        (host, port) = (server, UsualPort);
        var colon = server.LastIndexOf(':');
        var isAddress = server.StartsWith('[') ? server.EndsWith(']') : server.Count(letter => letter == ':') > 1;
        if (colon >= 0 && !isAddress)
        {
            host = server[..colon];
            if (!int.TryParse(server.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is 0 or > 65535)
            {
                return false;
            }
        }

        host = host.Trim('[', ']');
        return Uri.CheckHostName(host) != UriHostNameType.Unknown;
    }
}
