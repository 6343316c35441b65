using System.Buffers;
using System.Net;
using HmacFileServer.Settings;

namespace HmacFileServer.Http;

/// <summary>
/// One name for a request in the log, the audit log and the answer, so that "my upload failed" can be looked up. A
/// trusted proxy's own id is kept, to find it in both logs; anybody else's would be a stranger's words in our log.
/// </summary>
internal sealed class RequestId(LiveSettings settings)
{
    public const string Header = "X-Request-Id";

    private const int MaxLength = 48; // more than a UUID, less than any signature

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:");

    /// <summary>Before the forwarded headers are heeded: only here the connection's own peer is known.</summary>
    public Task AssignAsync(HttpContext http, RequestDelegate next)
    {
        var trusted = settings.Current.Server.TrustedProxies;
        var given = http.Request.Headers[Header];
        http.TraceIdentifier = given is [{ } id] && IsUsable(id) && IsTrusted(http.Connection.RemoteIpAddress, trusted)
            ? id
            : New();
        Tell(http);
        return next(http);
    }

    /// <summary>Again after an exception, which takes back all headers set before.</summary>
    public static void Tell(HttpContext http) => http.Response.Headers[Header] = http.TraceIdentifier;

    /// <summary>A name, no secret: a cryptographic one would cost a small download a thirtieth of its time.</summary>
    private static string New()
    {
        Span<byte> id = stackalloc byte[sizeof(long)];
        Random.Shared.NextBytes(id);
        return Convert.ToHexStringLower(id);
    }

    private static bool IsUsable(string id) =>
        id.Length is > 0 and <= MaxLength && !id.AsSpan().ContainsAnyExcept(Allowed);

    /// <summary>A unix socket has no address; who may open it was settled by its mode.</summary>
    private static bool IsTrusted(IPAddress? peer, IEnumerable<System.Net.IPNetwork> networks)
    {
        var address = peer is { IsIPv4MappedToIPv6: true } ? peer.MapToIPv4() : peer;
        return address is null || networks.Any(network => network.Contains(address));
    }
}
