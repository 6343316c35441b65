using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Http;
using HmacFileServer.Http.Proxies;
using HmacFileServer.Limits;
using HmacFileServer.Settings;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Telemetry.Logs;
using Microsoft.AspNetCore.Http.Features;

namespace HmacFileServer.Slots.Issuing;

/// <summary>
/// <c>GET slot/KEY?jid=&amp;name=&amp;size=&amp;content_type=</c>, what ejabberd's mod_http_upload asks with
/// <c>service_url</c>: two lines, the URL to put to and the URL to get from, of characters that no version of it
/// changes. It knows 402, 403 and 413, and takes every other status for a broken server.
/// </summary>
internal sealed class SlotEndpoint(
    LiveSettings settings, SlotIssuer issuer, ServerMetrics metrics, AuditLog audit,
    RefusalLog refusals, ILogger<SlotEndpoint> log)
{
    private const string Route = "slot";
    private const string SlotRefused = "slot-refused";

    /// <summary>
    /// Whether the request is for here: never unless the settings open this door, for files may have any name.
    /// </summary>
    public bool IsFor(HttpContext http)
    {
        var rules = settings.Current;
        return rules.Xmpp.HasSlotUrl && http.Request.Method == HttpMethods.Get && TryRead(http, rules, out _, out _);
    }

    public IResult Get(HttpContext http)
    {
        var rules = settings.Current;
        var address = http.Connection.RemoteIpAddress;
        if (!TryRead(http, rules, out var target, out var key) || !MayAsk(rules.Xmpp, key, address))
        {
            return Refused(http, Refusal.SlotsNotForYou);
        }

        if (!Xmpp.Jid.TryParse(target.Parameter("jid"), out var jid)
            || !long.TryParse(target.Parameter("size"), NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            return Refused(http, Refusal.BadRequest);
        }

        var name = TokenPath.SafeName(target.Parameter("name") ?? "");
        var order = new SlotOrder(jid.Bare, name, size) { ContentType = target.Parameter("content_type") };
        var denial = rules.Xmpp.IsAllowed(jid.Domain)
            ? issuer.Issue(order, rules, out var slot)
            : NotAllowed(out slot);
        if (denial is not null)
        {
            metrics.SlotDenied("service-url", denial.Code);
            if (refusals.IsFirst(jid.Bare, SlotRefused, denial.Code))
            {
                log.SlotDenied(VisibleText.Excerpt(jid.Bare), denial.Code);
                audit.Write(
                    new AuditEvent(SlotRefused, Actor.Of("client", http)) { Owner = jid.Bare, Code = denial.Code });
            }

            return Worded(denial);
        }

        metrics.SlotIssued("service-url");
        http.Response.Headers.CacheControl = "no-store";
        return Results.Text($"{slot.PutUrlWithTokenInPath}\n{slot.GetUrl}\n");
    }

    /// <summary>For whom is not told: whoever asks without the right key may say anything.</summary>
    private Refusal Refused(HttpContext http, Refusal refusal)
    {
        if (refusals.IsFirst(http, SlotRefused, refusal.Code))
        {
            if (refusal == Refusal.SlotsNotForYou)
            {
                log.SlotUrlRefused(http.Connection.RemoteIpAddress?.ToString() ?? "unix");
            }

            audit.Write(
                new AuditEvent(SlotRefused, Actor.Of("client", http)) { Status = refusal.Status, Code = refusal.Code });
        }

        return refusal;
    }

    private static SlotDenial NotAllowed(out IssuedSlot slot)
    {
        slot = null!;
        return new(SlotDenialReason.NotAllowed, "");
    }

    private static Refusal Worded(SlotDenial denial) => denial.Reason switch
    {
        SlotDenialReason.TooLarge => Refusal.TooLarge,
        SlotDenialReason.NotAllowed => Refusal.SlotsNotForYou,
        SlotDenialReason.TypeNotAllowed => Refusal.SlotTypeNotAllowed,
        SlotDenialReason.BadName or SlotDenialReason.BadSize or SlotDenialReason.BadExpiry => Refusal.BadRequest,
        _ => Refusal.NoRoom,
    };

    /// <param name="key">What stands behind "slot/"; empty without it.</param>
    private static bool TryRead(HttpContext http, ServerSettings rules, out RequestTarget target, out byte[] key)
    {
        key = [];
        var raw = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!RequestTarget.TryParse(http, raw, out target) || target.Parameter("jid") is null)
        {
            return false;
        }

        var path = target.Path.AsSpan();
        var route = Encoding.UTF8.GetBytes(rules.Server.BasePath + Route);
        if (!path.StartsWith(route))
        {
            return false;
        }

        key = path[route.Length..].TrimStart((byte)'/').ToArray();
        return path.Length == route.Length || path[route.Length] == '/';
    }

    /// <summary>What the settings ask for, all of it: the key, the address, or both.</summary>
    private static bool MayAsk(XmppSettings xmpp, byte[] key, IPAddress? address)
    {
        var known = xmpp.ServiceKey is null || CryptographicOperations.FixedTimeEquals(key, xmpp.ServiceKey.Bytes.Span);
        var near = xmpp.ServiceAddresses.IsEmpty || (address is not null && xmpp.ServiceAddresses.Hold(address));
        return known && near;
    }
}
