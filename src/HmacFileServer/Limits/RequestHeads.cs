using System.Net;
using HmacFileServer.Http;
using HmacFileServer.Http.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace HmacFileServer.Limits;

/// <summary>
/// How much memory the heads of all requests may take together, and those of one client. A head is kept from its first
/// byte to the end of its request, and comes from clients that have not shown yet that they may do anything.
/// </summary>
/// <remarks>
/// The first <see cref="FreeBytes"/> of each are not counted, so a usual request is never refused on account of others.
/// What has not become a request yet over HTTP/2 is bounded by the numbers of connections and streams, and by
/// max_header_bytes for each.
/// </remarks>
internal sealed class RequestHeads(ConnectionLimits connections, LimitLog log)
{
    /// <summary>A PUT with a JWT has 1 KB, a browser's GET with some cookies 2 KB.</summary>
    public const int FreeBytes = 4 << 10;

    public const int MostBytes = 8 << 20;
    public const int MostBytesOfOne = 1 << 20;

    private readonly Allowance bytes = new(() => MostBytes, () => MostBytesOfOne);

    /// <summary>Bytes beyond those that are free.</summary>
    public long Held => bytes.Held;

    /// <summary>Around a connection whose protocol is known and of which nothing was consumed yet.</summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        var protocol = connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol ?? default;
        if (protocol.Span.SequenceEqual("h2"u8))
        {
            await next(connection);
            return;
        }

        using var share = new Share(this, (connection.RemoteEndPoint as IPEndPoint)?.Address);
        var heads = new Http1Heads(connection.Transport.Input, share);
        connection.Transport = new Pipes(heads, connection.Transport.Output);
        connection.Features.Set(heads);
        await next(connection);
    };

    /// <summary>Around a request, before everything else.</summary>
    public Task KeepAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Features.Get<Http1Heads>() is { } heads)
        {
            return heads.KeepAsync(http, next);
        }

        var size = http.Request.Headers.Sum(header => header.Key.Length + header.Value.Sum(value => value?.Length ?? 0));
        return size <= FreeBytes ? next(http) : KeepLargeAsync(http, next, size);
    }

    private async Task KeepLargeAsync(HttpContext http, RequestDelegate next, int size)
    {
        using var share = new Share(this, http.Connection.RemoteIpAddress);
        if (share.TryHold(size))
        {
            await next(http);
        }
        else
        {
            await Refusal.Busy.ExecuteAsync(http);

            // Or it would send the next ones, which have to be decoded first. GOAWAY, RFC 9113 section 6.8.
            http.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }

    /// <summary>What one head takes.</summary>
    internal sealed class Share(RequestHeads heads, IPAddress? address) : IDisposable
    {
        private readonly ClientAddress? client = heads.ClientOf(address);
        private long held;

        /// <param name="size">All of it, so far.</param>
        /// <returns><see langword="false"/> when there is no room for it.</returns>
        public bool TryHold(long size)
        {
            var more = Math.Max(0, size - FreeBytes) - held;
            if (more > 0 && !heads.bytes.TryTake(client, more))
            {
                heads.Reached(address);
                return false;
            }

            if (more < 0)
            {
                heads.bytes.Return(client, -more);
            }

            held += more;
            return true;
        }

        public void Dispose() => TryHold(0);
    }

    private void Reached(IPAddress? address) => log.Reached("header_memory", address);

    private ClientAddress? ClientOf(IPAddress? address) => connections.ClientOf(address);
}
