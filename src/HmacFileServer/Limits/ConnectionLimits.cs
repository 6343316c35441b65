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
internal sealed class ConnectionLimits
{
    private readonly LiveSettings settings;
    private readonly OpenFiles files;
    private readonly LimitLog log;
    private readonly ImmutableArray<IPNetwork> proxies;
    private readonly Allowance everybody;
    private readonly Allowance clients;

    public ConnectionLimits(LiveSettings settings, OpenFiles files, LimitLog log)
    {
        this.settings = settings;
        this.files = files;
        this.log = log;
        proxies = settings.Current.Server.TrustedProxies;
        everybody = new Allowance(() => Most, () => long.MaxValue);
        clients = new Allowance(() => long.MaxValue, () => MostOfOne);
    }

    public int Count => (int)everybody.Held;

    /// <summary>Clients that have a connection open.</summary>
    public int Clients => clients.Clients;

    /// <summary>As many as are allowed, and as the process can have files for.</summary>
    public int Most => settings.Current.Limits.Connections is > 0 and var most
        ? Math.Min(most, files.MostConnections)
        : files.MostConnections;

    /// <summary>Never all of them: one client must not be able to shut everybody out.</summary>
    private int MostOfOne => settings.Current.Limits.ConnectionsPerAddress is > 0 and var most
        ? Math.Min(most, Math.Max(1, files.MostConnections / 4))
        : int.MaxValue;

    /// <summary>Once for each connection that was accepted, before anything is done for it.</summary>
    /// <returns><see langword="false"/> when it is one too many, and has to be closed.</returns>
    public bool TryAccept(ConnectionContext connection)
    {
        if (everybody.TryTake(null, 1))
        {
            return true;
        }

        log.Reached("connections", (connection.RemoteEndPoint as IPEndPoint)?.Address);
        return false;
    }

    /// <summary>Around all that is done for a connection that <see cref="TryAccept"/> let in.</summary>
    public ConnectionDelegate Counted(ConnectionDelegate next) => async connection =>
    {
        try
        {
            await next(connection);
        }
        finally
        {
            everybody.Return(null, 1);
        }
    };

    /// <summary>Where the address is the client's.</summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        var client = ClientOf(address); // once: a reload must not make it leave as somebody else
        if (!clients.TryTake(client, 1))
        {
            log.Reached("connections_per_address", address);
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            clients.Return(client, 1);
        }
    };

    /// <returns>Null for whom no limit of one client holds: trusted proxies, and peers on a unix socket.</returns>
    public ClientAddress? ClientOf(IPAddress? address) =>
        address is not null && !proxies.Hold(address) ? ClientAddress.Of(address, settings.Current.Limits) : null;
}
