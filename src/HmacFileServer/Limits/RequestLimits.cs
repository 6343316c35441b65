using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using HmacFileServer.Http;
using HmacFileServer.Http.Proxies;
using HmacFileServer.Http.Wire;
using HmacFileServer.Settings;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry.Audit;

namespace HmacFileServer.Limits;

/// <summary>
/// How often a client may ask, and how many uploads he and an owner may begin. The address is the one that the trusted
/// proxies vouch for; a header of anybody else changes nothing. Peers that are trusted proxies themselves, or sit on a
/// unix socket, are not counted: a proxy that forwards no address would be everybody at once.
/// </summary>
internal sealed class RequestLimits(LiveSettings settings, TimeProvider time, LimitLog log, AuditLog audit)
{
    // In each half of a table; 10 MB of addresses, 20 MB of owners in both. Against more, no limit of each would help.
    private const int MostClients = 1 << 16;
    private const string RequestsPerMinute = "requests_per_minute";

    // as the forwarding has them
    private readonly ImmutableArray<IPNetwork> proxies = settings.Current.Server.TrustedProxies;
    private readonly RateTable<ClientAddress> requests = new(MostClients, time);
    private readonly RateTable<ClientAddress> uploads = new(MostClients, time);
    private readonly RateTable<string> owners = new(MostClients, time);
    private readonly RateTable<ClientAddress> audited = new(MostClients, time);

    /// <summary>Clients and owners remembered.</summary>
    public int Count => requests.Count + uploads.Count + owners.Count;

    /// <summary>Every request, before anything is done for it.</summary>
    public Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        var limits = settings.Current.Limits;
        return Client(http, limits) is not { } client
            || requests.Take(client, limits.RequestsPerMinute) is var wait && wait == TimeSpan.Zero
            ? next(http)
            : RefuseAsync(http, client, wait);
    }

    /// <summary>
    /// An upload that is signed and allowed, before its first byte and before it takes over from another.
    /// </summary>
    /// <param name="owner">Null where nobody is named.</param>
    /// <returns>Null when it may begin.</returns>
    public Refusal? CheckUpload(HttpContext http, string? owner)
    {
        var limits = settings.Current.Limits;
        if (Client(http, limits) is { } client
            && uploads.Take(client, limits.UploadsPerMinute) is var wait && wait > TimeSpan.Zero)
        {
            return Refused(http, "uploads_per_minute", wait);
        }

        return owner is not null && owners.Take(owner, limits.OwnerUploadsPerMinute) is var longer
            && longer > TimeSpan.Zero
            ? Refused(http, "owner_uploads_per_minute", longer)
            : null;
    }

    /// <summary>Whose uploads are counted together: an owner's, a client's where none is named, or nobody's.</summary>
    public string? WhoUploads(HttpContext http, string? owner) =>
        owner is not null ? "owner " + owner
        : Client(http, settings.Current.Limits) is { } client ? $"client {client.Bits:x}"
        : null;

    /// <summary>The answer to an upload that the disk is not to be promised to.</summary>
    public Refusal Refuse(HttpContext http, PromiseLimit reached)
    {
        if (reached == PromiseLimit.Disk)
        {
            return Refusal.StorageFull;
        }

        var limit = reached == PromiseLimit.Client ? "promised_space_per_client" : "promised_space";
        log.Reached(limit, http.Connection.RemoteIpAddress);
        return Refusal.Busy;
    }

    /// <summary>One line a minute for each client: no flood may fill the disk by way of the audit log.</summary>
    private async Task RefuseAsync(HttpContext http, ClientAddress client, TimeSpan wait)
    {
        var refusal = Refused(http, RequestsPerMinute, wait);
        if (audit.IsOn && audited.Take(client, perMinute: 1) == TimeSpan.Zero)
        {
            await Poller.Leave(); // it is a file
            audit.Write(new AuditEvent("limited", Actor.Of("client", http))
            {
                Status = refusal.Status,
                Code = refusal.Code,
                Detail = RequestsPerMinute,
            });
        }

        await refusal.ExecuteAsync(http);
    }

    private ClientAddress? Client(HttpContext http, LimitSettings limits) =>
        http.Connection.RemoteIpAddress is { } address && !proxies.Hold(address)
            ? ClientAddress.Of(address, limits)
            : null;

    private Refusal Refused(HttpContext http, string limit, TimeSpan wait)
    {
        // Rounded up, so never 0: OkHttp takes that as an order to send the whole body again at once.
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        log.Reached(limit, http.Connection.RemoteIpAddress);
        return Refusal.TooManyRequests;
    }
}
