using System.Globalization;
using System.Net.Sockets;
using HmacFileServer.Xmpp;

namespace HmacFileServer.Doctor.Chat.Wire;

/// <summary>As whom the doctor logs in, and where. Never printed with its password.</summary>
internal sealed record ChatAccount(string User, string Domain)
{
    public const int UsualPort = 5222;
    public const int DirectTlsPort = 5223; // by custom; IANA has it for something else

    public string Password { get; init; } = "";

    /// <summary>The host to connect to: the domain, unless the operator or the DNS says another.</summary>
    public string Host { get; init; } = Domain;

    public int Port { get; init; } = UsualPort;

    /// <summary>The operator said where; else the DNS is asked.</summary>
    public bool IsPlaceGiven { get; init; }

    /// <summary>The place is an SRV record's.</summary>
    public bool IsFromDns { get; init; }

    /// <summary>TLS from the first byte, without STARTTLS (XEP-0368).</summary>
    public bool IsDirectTls { get; init; }

    /// <summary>Go on although the certificate is not trusted, and say so.</summary>
    public bool TakesAnyCertificate { get; init; }

    /// <param name="server">"host", "host:port", "[::1]:port"; null for the domain itself.</param>
    /// <param name="isDirectTls">TLS from the first byte; goes without saying on its usual port.</param>
    public static bool TryParse(
        string jid, string? server, bool isDirectTls, out ChatAccount account, out string problem)
    {
        account = null!;
        problem = $"\"{jid}\" is no account: write user@example.org.";
        if (!Jid.TryParse(jid, out var parsed)
            || parsed.Bare.IndexOf('@', StringComparison.Ordinal) is not (> 0 and var at))
        {
            return false;
        }

        account = new ChatAccount(parsed.Bare[..at], parsed.Domain)
        {
            Port = isDirectTls ? DirectTlsPort : UsualPort,
            IsDirectTls = isDirectTls,
        };
        if (server is null)
        {
            return true;
        }

        problem = $"\"{server}\" is no server: write host or host:port.";
        if (!TryParseServer(server, account.Port, out var host, out var port))
        {
            return false;
        }

        account = account with
        {
            Host = host,
            Port = port,
            IsDirectTls = isDirectTls || port == DirectTlsPort,
            IsPlaceGiven = true,
        };
        return true;
    }

    public async Task<Socket> ConnectAsync(CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(Host, Port, cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override string ToString() => $"{User}@{Domain}";

    private static bool TryParseServer(string server, int usualPort, out string host, out int port)
    {
        (host, port) = (server, usualPort);
        var colon = server.LastIndexOf(':');
        var isAddress = server.StartsWith('[') ? server.EndsWith(']') : server.Count(letter => letter == ':') > 1;
        if (colon >= 0 && !isAddress)
        {
            host = server[..colon];
            if (!int.TryParse(server.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
                || port is 0 or > 65535)
            {
                return false;
            }
        }

        host = host.Trim('[', ']');
        return Uri.CheckHostName(host) != UriHostNameType.Unknown;
    }
}
