using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using HmacFileServer.Http.Proxies;
using HmacFileServer.Settings;
using Microsoft.AspNetCore.Connections;

namespace HmacFileServer.Limits;

/// <summary>
/// How many connections may be open, of everybody and of one client. What comes on top is closed without a word: an
/// answer would have to wait for a question first. The proxies' connections are many people's, and count among
/// everybody's alone.
/// </summary>
internal sealed class ConnectionLimits(LiveSettings settings, LimitLog log)
{
    private readonly ImmutableArray<IPNetwork> proxies = settings.Current.Server.TrustedProxies;
    private readonly ConcurrentDictionary<ClientAddress, int> open = new();
    private readonly int mostPossible = OpenFiles.ForConnections;
    private int all;

    public int Count => Volatile.Read(ref all);

    /// <summary>Clients that have a connection open.</summary>
    public int Clients => open.Count;

    /// <summary>As many as are allowed, and as the process can have files for.</summary>
    public int Most =>
        settings.Current.Limits.Connections is > 0 and var most ? Math.Min(most, mostPossible) : mostPossible;

    public ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        try
        {
            if (Interlocked.Increment(ref all) > Most)
            {
                log.Reached("connections", address);
                return;
            }

            await GuardClientAsync(connection, address, next);
        }
        finally
        {
            Interlocked.Decrement(ref all);
        }
    };

    private async Task GuardClientAsync(ConnectionContext connection, IPAddress? address, ConnectionDelegate next)
    {
        if (address is null || proxies.Hold(address))
        {
            await next(connection);
            return;
        }

        var limits = settings.Current.Limits;
        var client = ClientAddress.Of(address, limits); // once: a reload must not make it leave as somebody else
        try
        {
            var most = limits.ConnectionsPerAddress is > 0 and var some ? some : int.MaxValue;
            if (open.AddOrUpdate(client, 1, static (_, count) => count + 1) > most)
            {
                log.Reached("connections_per_address", address);
                return;
            }

            await next(connection);
        }
        finally
        {
            Leave(client);
        }
    }

    /// <summary>
    /// One less; none is no entry, so that what is kept is never more than the connections there are.
    /// </summary>
    private void Leave(ClientAddress client)
    {
        while (open.TryGetValue(client, out var count))
        {
            var isDone = count > 1
                ? open.TryUpdate(client, count - 1, count)
                : open.TryRemove(KeyValuePair.Create(client, count));
            if (isDone)
            {
                return;
            }
        }
    }
}
