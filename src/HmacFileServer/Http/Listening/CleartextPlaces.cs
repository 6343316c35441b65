using System.Net;
using HmacFileServer.Limits;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace HmacFileServer.Http.Listening;

/// <summary>
/// How many connections may speak HTTP/2 without TLS at once: each has many requests under way, and they take memory
/// for as long as their answers are not read. Over TLS a client too many is offered HTTP/1.1
/// (<see cref="Http2Places"/>); here it has chosen already. So it gets the place of the connection that has had no request under way for longest,
/// which is asked to close (GOAWAY, RFC 9113 section 6.8), and is closed itself only where all are busy. A proxy sends
/// many requests over each connection, so it does not come to that.
/// </summary>
internal sealed class CleartextPlaces(Func<int> most, ConnectionLimits connections, LimitLog log, TimeProvider time)
{
    /// <summary>A connection that has just been made is about to ask for something.</summary>
    private static readonly TimeSpan Restful = TimeSpan.FromSeconds(1);

    private readonly Allowance places = new(() => most(), () => MostOfOne(most()));
    private readonly Lock changing = new();
    private readonly LinkedList<Place> idle = new(); // the longest idle first

    /// <returns>Null when there is none.</returns>
    public Place? TryTake(ConnectionContext connection)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        var client = connections.ClientOf(address);
        lock (changing)
        {
            if (!TryTake(client))
            {
                log.Reached("http2_connections", address);
                return null;
            }

            return new Place(this, connection, client);
        }
    }

    /// <summary>Around each request: a connection that has one under way keeps its place.</summary>
    public static Task KeepAsync(HttpContext http, RequestDelegate next) =>
        http.Features.Get<Place>() is { } place ? place.KeepAsync(http, next) : next(http);

    private static int MostOfOne(int all) => Math.Max(1, all / 4);

    private long Now() => time.GetTimestamp();

    private bool TryTake(ClientAddress? client) =>
        places.TryTake(client, 1) || (TryMakeRoom(client) && places.TryTake(client, 1));

    private bool TryMakeRoom(ClientAddress? client)
    {
        var leaving = places.HeldBy(client) >= MostOfOne(most())
            ? idle.FirstOrDefault(place => place.Client == client)
            : idle.First?.Value;
        if (leaving is null || time.GetElapsedTime(leaving.IdleSince) < Restful)
        {
            return false;
        }

        leaving.Leave();
        return true;
    }

    internal sealed class Place : IDisposable
    {
        private readonly CleartextPlaces places;
        private readonly ConnectionContext connection;
        private readonly LinkedListNode<Place> node;
        private int running;
        private bool held = true;
        private bool closed;

        public Place(CleartextPlaces places, ConnectionContext connection, ClientAddress? client)
        {
            (this.places, this.connection, Client) = (places, connection, client);
            node = new LinkedListNode<Place>(this);
            Rest();
        }

        public long IdleSince { get; private set; }

        public ClientAddress? Client { get; }

        public async Task KeepAsync(HttpContext http, RequestDelegate next)
        {
            if (!TryBegin())
            {
                await Refusal.Busy.ExecuteAsync(http);
                return;
            }

            try
            {
                await next(http);
            }
            finally
            {
                End();
            }
        }

        /// <summary>Gives the place to another, within the lock.</summary>
        public void Leave()
        {
            Release();
            connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }

        public void Dispose()
        {
            lock (places.changing)
            {
                closed = true;
                Release();
            }
        }

        /// <returns><see langword="false"/> when the place is another's: what came before the client heard.</returns>
        private bool TryBegin()
        {
            lock (places.changing)
            {
                held = held || (!closed && places.TryTake(Client));
                if (!held)
                {
                    return false;
                }

                running++;
                places.Remove(node);
                return true;
            }
        }

        private void End()
        {
            lock (places.changing)
            {
                running--;
                if (running == 0 && held)
                {
                    Rest();
                }
            }
        }

        private void Rest()
        {
            IdleSince = places.Now();
            places.idle.AddLast(node);
        }

        private void Release()
        {
            places.Remove(node);
            if (held)
            {
                held = false;
                places.places.Return(Client, 1);
            }
        }
    }

    private void Remove(LinkedListNode<Place> node)
    {
        if (node.List is not null)
        {
            idle.Remove(node);
        }
    }
}
