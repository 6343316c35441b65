using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Settings;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Slots;

/// <summary>
/// Says in the log why a MAC did not match, by trying what operators usually got wrong: the base path, the content type,
/// the secret. Changes no answer, gives nothing away to the client, and costs a bounded number of hashes, at most a few times
/// a second however many bad requests come.
/// </summary>
internal sealed class MismatchDiagnosis(TimeProvider time, ILogger<MismatchDiagnosis> log)
{
    private const int MaxPerSecond = 5;
    private const int MaxPaths = 6;

    private const int OmemoTag = 16; // XEP-0454: clients that sign the plain size and send the cipher text

    private readonly Lock counting = new();
    private long second;
    private int explained;

    public void Explain(SlotRequest request, ISlotScheme scheme, ServerSettings rules)
    {
        if (!MayExplain())
        {
            return;
        }

        log.SignatureMismatch(scheme.Name, request.Key.Text, Reason(request, scheme, rules));
    }

    /// <param name="request">Read as if base_path were "/".</param>
    /// <param name="scheme">Null when the request carries no signature.</param>
    public void ExplainOutside(SlotRequest request, ISlotScheme? scheme, ServerSettings rules)
    {
        if (scheme is null || (scheme is not JwtScheme && request.Length is null) || !MayExplain())
        {
            return;
        }

        var mac = new byte[SlotVerifier.MacBytes];
        var matching = scheme.TryReadMac(request, mac) && scheme is UrlScheme and not V3Scheme
            ? Paths(request).FirstOrDefault(path =>
                Matches(Url(scheme, path, request.Length!.Value, request.ContentType), rules.Security.Secrets, mac))
            : null;
        log.OutsideBasePath(
            request.Key.Text,
            rules.Server.BasePath,
            matching is null ? "the proxy or base_path changes the path" : $"its signature matches with {BasePathOf(request, matching)}");
    }

    private static string BasePathOf(SlotRequest request, string key) =>
        $"base_path = \"{Encoding.UTF8.GetString(request.Target.Path)[..^key.Length]}\"";

    private static string Reason(SlotRequest request, ISlotScheme scheme, ServerSettings rules)
    {
        var mac = new byte[SlotVerifier.MacBytes];
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

        foreach (var candidate in Candidates(request, scheme))
        {
            if (Matches(candidate.Message, rules.Security.Secrets, mac))
            {
                return candidate.Reason;
            }
        }

        return "no other base path, size, content type or secret that was tried makes it match: "
            + "compare the secret with the XMPP server's";
    }

    private static string? OtherSecret(SlotRequest request, ISlotScheme scheme, SecuritySettings security, byte[] mac)
    {
        var others = scheme is JwtScheme ? security.Secrets : security.JwtSecrets;
        for (var reading = 0; reading < scheme.Readings(request); reading++)
        {
            var message = new ArrayBufferWriter<byte>();
            scheme.WriteMessage(request, reading, message);
            if (Matches(message.WrittenSpan, others, mac))
            {
                return scheme is JwtScheme
                    ? "it matches with secret: the issuer signs with it, but jwt_secret is another"
                    : "it matches with jwt_secret: the issuer signs URLs with it, but secret is another";
            }
        }

        return null;
    }

    /// <summary>What might have been signed instead, the most likely first.</summary>
    private static IEnumerable<(byte[] Message, string Reason)> Candidates(SlotRequest request, ISlotScheme scheme)
    {
        var key = request.Key.Text;
        var length = request.Length!.Value;
        if (scheme is V3Scheme)
        {
            foreach (var path in Paths(request))
            {
                yield return (V3(request, "/" + path), $"it matches when the path is /{path}: the proxy or base_path changes it");
            }

            yield break;
        }

        foreach (var path in Paths(request).Where(path => path != key))
        {
            yield return (Url(scheme, path, length, request.ContentType), $"it matches with {BasePathOf(request, path)}");
        }

        foreach (var size in new[] { length - OmemoTag, length + OmemoTag, 0 }.Where(size => size >= 0 && size != length))
        {
            yield return (Url(scheme, key, size, request.ContentType), $"it matches with size {size}: the client sent {length} bytes");
        }

        if (scheme is V2Scheme)
        {
            foreach (var type in new[] { ContentTypeReadings.Default, "", Downloads.MediaTypes.OfExtension(request.Key.Extension) })
            {
                yield return (Url(scheme, key, length, type), $"it matches with content type \"{type}\": the client sent \"{request.ContentType}\"");
            }
        }
    }

    /// <summary>The key under other base paths: the whole path, then with one leading segment less at a time.</summary>
    private static IEnumerable<string> Paths(SlotRequest request)
    {
        var path = Encoding.UTF8.GetString(request.Target.Path.AsSpan(1));
        for (var i = 0; i < MaxPaths && path.Length > 0; i++)
        {
            yield return path;
            var slash = path.IndexOf('/', StringComparison.Ordinal);
            path = slash < 0 ? "" : path[(slash + 1)..];
        }
    }

    private static byte[] Url(ISlotScheme scheme, string path, long length, string? type)
    {
        var message = new ArrayBufferWriter<byte>();
        if (scheme is V1Scheme)
        {
            UrlMessage.WriteV1(message, path, length);
        }
        else
        {
            UrlMessage.WriteV2(message, path, length, type ?? ContentTypeReadings.Default);
        }

        return message.WrittenSpan.ToArray();
    }

    private static byte[] V3(SlotRequest request, string path)
    {
        var message = new ArrayBufferWriter<byte>();
        UrlMessage.WriteV3(message, request.Method, request.Target.Parameter("expires") ?? "", Encoding.UTF8.GetBytes(path));
        return message.WrittenSpan.ToArray();
    }

    private static bool Matches(ReadOnlySpan<byte> message, ImmutableArray<Secret> keys, byte[] mac)
    {
        Span<byte> expected = stackalloc byte[SlotVerifier.MacBytes];
        foreach (var key in keys)
        {
            HMACSHA256.HashData(key.Bytes.Span, message, expected);
            if (CryptographicOperations.FixedTimeEquals(mac, expected))
            {
                return true;
            }
        }

        return false;
    }

    private bool MayExplain()
    {
        lock (counting)
        {
            var now = time.GetUtcNow().ToUnixTimeSeconds();
            explained = now == second ? explained + 1 : 1;
            second = now;
            return explained <= MaxPerSecond;
        }
    }
}
