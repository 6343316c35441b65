using System.Collections.Immutable;
using System.Net;
using HmacFileServer.Http.Proxies;
using HmacFileServer.Settings;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Doctor.Arrival;

/// <summary>
/// Notices in passing that a trusted proxy does not tell whose uploads it passes on: then logs name the proxy, and
/// there are no limits per client. Counts every sign of it, and says so in the log once a day, with what to do.
/// </summary>
internal sealed class AddressWatch(
    LiveSettings settings, TimeProvider time, ServerMetrics metrics, ILogger<AddressWatch> log)
{
    private const string Header = "X-Forwarded-For";

    // A bot on this machine, or somebody who tries things out, uploads without a proxy a few times.
    private const int Enough = 20;

    // as the forwarding has them
    private readonly ImmutableArray<IPNetwork> proxies = settings.Current.Server.TrustedProxies;
    private readonly DailyHint hint = new(time);
    private int uploads;
    private volatile bool isTold;

    /// <summary>Uploads without an address; 0 as long as they may be chance.</summary>
    public int Signs => !isTold && Volatile.Read(ref uploads) is >= Enough and var many ? many : 0;

    /// <summary>Stands before what replaces the proxy's address by the client's.</summary>
    public Task WatchAsync(HttpContext http, RequestDelegate next)
    {
        var peer = http.Connection.RemoteIpAddress; // none on a unix socket
        return http.Request.Method == HttpMethods.Put && (peer is null || proxies.Hold(peer))
            ? WatchUploadAsync(http, peer, next)
            : next(http);
    }

    private async Task WatchUploadAsync(HttpContext http, IPAddress? peer, RequestDelegate next)
    {
        var tells = http.Request.Headers.ContainsKey(Header);
        await next(http);
        if (http.Response.StatusCode != StatusCodes.Status201Created)
        {
            return;
        }

        if (tells)
        {
            isTold = true; // the proxy does; what comes without is somebody else, on this machine
            return;
        }

        metrics.CameWithoutAddress();
        Interlocked.Increment(ref uploads);
        if (Signs > 0 && hint.IsDue())
        {
            log.ProxyHidesClients(Signs, peer?.ToString() ?? "the unix socket");
        }
    }
}
