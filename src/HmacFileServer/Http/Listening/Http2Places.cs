using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace HmacFileServer.Http.Listening;

/// <summary>
/// How many connections may speak HTTP/2 over TLS at once. What a client may send ahead over HTTP/2 comes to lie in our
/// memory when the disk stands still, and Kestrel lets every connection have the same; over HTTP/1.1 it stays in the
/// client's. So whoever comes later is offered HTTP/1.1 alone, which costs an upload nothing.
/// </summary>
internal sealed class Http2Places(int most)
{
    private readonly int most = most;
    private int taken;

    /// <summary>Around the handshake: the place ends with the connection, however that ends.</summary>
    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        using var place = new Place(this);
        connection.Features.Set(place);
        await next(connection);
    };

    /// <summary>In the handshake: a client may only come to want HTTP/2 when there is a place.</summary>
    public static List<SslApplicationProtocol> OfferTo(BaseConnectionContext connection) =>
        connection.Features.Get<Place>()!.TryTake()
            ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11]
            : [SslApplicationProtocol.Http11];

    /// <summary>After the handshake: who chose HTTP/1.1 needs no place.</summary>
    public static ConnectionDelegate After(ConnectionDelegate next) => connection =>
    {
        var chosen = connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol ?? default;
        if (!chosen.Span.SequenceEqual(SslApplicationProtocol.Http2.Protocol.Span))
        {
            connection.Features.Get<Place>()?.Dispose();
        }

        return next(connection);
    };

    private sealed class Place(Http2Places places) : IDisposable
    {
        private int held;

        public bool TryTake()
        {
            if (Interlocked.Increment(ref places.taken) > places.most)
            {
                Interlocked.Decrement(ref places.taken);
                return false;
            }

            held = 1;
            return true;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref held, 0) == 1)
            {
                Interlocked.Decrement(ref places.taken);
            }
        }
    }
}
