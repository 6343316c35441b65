using System.Buffers;
using HmacFileServer.Http;
using HmacFileServer.Limits;
using HmacFileServer.Settings;
using HmacFileServer.Slots.Schemes;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Logs;

namespace HmacFileServer.Slots.Diagnosis;

/// <summary>
/// Says in the log why a MAC did not match, by trying what operators usually got wrong: the base path, the content
/// type, the secret. Changes no answer, gives nothing away to the client, and costs a bounded number of hashes, at most
/// a few times a second, and some times a minute for each client, however many bad requests come.
/// </summary>
internal sealed class MismatchDiagnosis(TimeProvider time, ILogger<MismatchDiagnosis> log)
{
    private const int MaxPerSecond = 5;
    private const int MaxPerMinute = 60;
    private const int MaxPerMinuteAndClient = 10;
    private const int MostClients = 1024;

    private static readonly TimeSpan BetweenReports = TimeSpan.FromHours(1);

    private readonly Lock counting = new();
    private readonly RateTable<ClientAddress> clients = new(MostClients, time);
    private long second;
    private int inSecond;
    private long minute;
    private int inMinute;
    private DateTimeOffset previousReported = DateTimeOffset.MinValue;

    public void Explain(SlotRequest request, ISlotScheme scheme, ServerSettings rules)
    {
        if (MayExplain(request, rules.Limits))
        {
            log.SignatureMismatch(
                scheme.Name, VisibleText.Excerpt(request.Key.Text), Reason(request, scheme, rules));
        }
    }

    /// <summary>
    /// A signature that is right, and says something that can't be used: the only 403 whose cause the client can't see.
    /// </summary>
    public void ExplainTerms(SlotRequest request, ISlotScheme scheme, Refusal? refusal, ServerSettings rules)
    {
        if (refusal != Refusal.BadSignature || !MayExplain(request, rules.Limits))
        {
            return;
        }

        var reason = scheme is JwtScheme ? JwtScheme.Complaint(request) : null;
        log.UnusableTerms(
            scheme.Name, VisibleText.Excerpt(request.Key.Text), reason ?? "expires is not a time in Unix seconds");
    }

    /// <summary>
    /// Tells, now and then, that a previous secret is still in use: when that ends, so has the change of secrets.
    /// </summary>
    /// <param name="key">Which of the scheme's keys matched, 0 for the current one.</param>
    public void Matched(ISlotScheme scheme, int key)
    {
        if (key == 0)
        {
            return;
        }

        lock (counting)
        {
            var now = time.GetUtcNow();
            if (now - previousReported < BetweenReports)
            {
                return;
            }

            previousReported = now;
        }

        log.PreviousSecretUsed(scheme.Name);
    }

    /// <param name="request">Read as if base_path were "/".</param>
    /// <param name="scheme">Null when the request carries no signature.</param>
    public void ExplainOutside(SlotRequest request, ISlotScheme? scheme, ServerSettings rules)
    {
        if (scheme is null || (scheme is not JwtScheme && request.Length is null)
            || !MayExplain(request, rules.Limits))
        {
            return;
        }

        var basePath = OtherBasePath(request, scheme, rules);
        log.OutsideBasePath(
            VisibleText.Excerpt(request.Key.Text),
            rules.Server.BasePath,
            basePath is null ? "the proxy or base_path changes the path" : $"its signature matches with {basePath}");
    }

    /// <returns>The base_path with which the signature would be good, as it would stand in the file; null for
    /// none.</returns>
    public static string? OtherBasePath(SlotRequest request, ISlotScheme scheme, ServerSettings rules)
    {
        var mac = new byte[SlotVerifier.MacBytes];
        return scheme is UrlScheme and not V3Scheme && scheme.TryReadMac(request, mac)
            ? OtherMessages.OtherBasePaths(request, scheme)
                .FirstOrDefault(candidate => MessageMac.Matches(mac, candidate.Message, rules.Security.Secrets)).Reason
            : null;
    }

    /// <summary>What would have made the signature match, or that nothing did.</summary>
    public static string Reason(SlotRequest request, ISlotScheme scheme, ServerSettings rules)
    {
        var mac = new byte[SlotVerifier.MacBytes];
        if (scheme is JwtScheme && !JwtScheme.IsSignedOurWay(request))
        {
            return "the token's algorithm is not HS256, or it demands an extension (crit)";
        }

        if (!scheme.TryReadMac(request, mac))
        {
            return scheme is JwtScheme ? "the token's signature has not the form of one" : "it is not 64 hex digits";
        }

        if (OtherSecret(request, scheme, rules.Security, mac) is { } secret)
        {
            return secret;
        }

        if (scheme is JwtScheme)
        {
            return "the token was signed with another secret";
        }

        foreach (var candidate in OtherMessages.Of(request, scheme))
        {
            if (MessageMac.Matches(mac, candidate.Message, rules.Security.Secrets))
            {
                return candidate.Reason;
            }
        }

        // A wrong secret and a type that neither the client nor the name says look the same.
        var compare = scheme is V2Scheme ? "the secret or the content type" : "the secret";
        return "no other base path, size, content type or secret that was tried makes it match: "
            + $"compare {compare} with the XMPP server's";
    }

    private static string? OtherSecret(SlotRequest request, ISlotScheme scheme, SecuritySettings security, byte[] mac)
    {
        var others = scheme is JwtScheme ? security.Secrets : security.JwtSecrets;
        for (var reading = 0; reading < scheme.Readings(request); reading++)
        {
            var message = new ArrayBufferWriter<byte>();
            scheme.WriteMessage(request, reading, message);
            if (MessageMac.Matches(mac, message.WrittenSpan, others))
            {
                return scheme is JwtScheme
                    ? "it matches with secret: the issuer signs with it, but jwt_secret is another"
                    : "it matches with jwt_secret: the issuer signs URLs with it, but secret is another";
            }
        }

        return null;
    }

    private bool MayExplain(SlotRequest request, LimitSettings limits)
    {
        var client = request.Address is { } address ? ClientAddress.Of(address, limits) : default;
        lock (counting)
        {
            var now = time.GetUtcNow().ToUnixTimeSeconds();
            inSecond = now == second ? inSecond : 0;
            inMinute = now / 60 == minute ? inMinute : 0;
            (second, minute) = (now, now / 60);

            // The client's own share last: what is refused for the sake of all is not on his account.
            if (inSecond >= MaxPerSecond || inMinute >= MaxPerMinute
                || clients.Take(client, MaxPerMinuteAndClient) > TimeSpan.Zero)
            {
                return false;
            }

            inSecond++;
            inMinute++;
            return true;
        }
    }
}
