using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using HmacFileServer.Http;
using HmacFileServer.Settings;

namespace HmacFileServer.Slots;

/// <summary>
/// Decides whether a request may do what it asks. One scheme is selected, by precedence, among those that are on;
/// it must verify. The only place that hashes and compares: in constant time, with the current key and then the previous ones.
/// </summary>
internal sealed class SlotVerifier(MismatchDiagnosis diagnosis)
{
    public const int MacBytes = HMACSHA256.HashSizeInBytes;

    /// <summary>In order of precedence.</summary>
    public static readonly ISlotScheme[] Schemes =
        [new JwtScheme(), new V3Scheme(), new V2Scheme("v2"), new V2Scheme("token"), new V1Scheme()];

    private static readonly V3Scheme DownloadScheme = new();

    /// <returns>Null, and the slot; or why not.</returns>
    public Refusal? Verify(SlotRequest request, ServerSettings rules, out UploadSlot slot)
    {
        slot = null!;
        var scheme = Array.Find(Schemes, scheme => rules.Security.Schemes.Contains(scheme.Name) && scheme.IsPresent(request));
        if (scheme is null)
        {
            return rules.Security.JwtOnly ? Refusal.Unauthorized : Refusal.Unsigned;
        }

        if (scheme is not JwtScheme && request.Length is null)
        {
            return Refusal.LengthRequired; // the URL schemes know the size from the head alone
        }

        if (!TryVerify(scheme, request, rules.Security, out var reading))
        {
            diagnosis.Explain(request, scheme, rules);
            return Refused(Refusal.BadSignature, rules);
        }

        if (scheme.Admit(request, reading, rules.Security, out var terms) is { } refusal)
        {
            return Refused(refusal, rules);
        }

        slot = new UploadSlot(request.Key, scheme.Name, terms);
        return null;
    }

    /// <summary>Whether a GET or HEAD carries a signature for just this file that still holds.</summary>
    public static Refusal? VerifyDownload(SlotRequest request, ServerSettings rules)
    {
        if (!DownloadScheme.IsPresent(request))
        {
            return Refusal.Unsigned;
        }

        return TryVerify(DownloadScheme, request, rules.Security, out var reading)
            ? DownloadScheme.Admit(request, reading, rules.Security, out _)
            : Refusal.BadSignature;
    }

    /// <summary>Whether a DELETE carries Metronome's token for just this file.</summary>
    public static Refusal? VerifyDeletion(SlotRequest request, Secret deleteSecret, SecuritySettings security)
    {
        if (request.Target.Parameter("token") is not { } hex)
        {
            return Refusal.Unsigned;
        }

        Span<byte> presented = stackalloc byte[MacBytes];
        if (hex.Length != MacBytes * 2 || Convert.FromHexString(hex, presented, out _, out _) != OperationStatus.Done)
        {
            return Refusal.BadSignature;
        }

        var message = new ArrayBufferWriter<byte>(256);
        UrlMessage.WriteDelete(message, request.Key.Text, deleteSecret.Bytes.Span);
        return IsMac(presented, message.WrittenSpan, security.Secrets) ? null : Refusal.BadSignature;
    }

    /// <summary>Tells the log under which base path the signature of a request outside ours would have been good.</summary>
    public void ExplainOutside(HttpRequest http, string rawTarget, ServerSettings rules, DateTimeOffset arrivedAt)
    {
        if (SlotRequest.Read(http, rawTarget, "/", arrivedAt, out var request) is null)
        {
            var scheme = Array.Find(Schemes, scheme => rules.Security.Schemes.Contains(scheme.Name) && scheme.IsPresent(request));
            diagnosis.ExplainOutside(request, scheme, rules);
        }
    }

    private static Refusal Refused(Refusal refusal, ServerSettings rules) =>
        rules.Security.JwtOnly && refusal == Refusal.BadSignature ? Refusal.Unauthorized : refusal;

    private static bool TryVerify(ISlotScheme scheme, SlotRequest request, SecuritySettings security, out int reading)
    {
        Span<byte> presented = stackalloc byte[MacBytes];
        reading = 0;
        if (!scheme.TryReadMac(request, presented))
        {
            return false;
        }

        var message = new ArrayBufferWriter<byte>(256);
        for (; reading < scheme.Readings(request); reading++)
        {
            message.ResetWrittenCount();
            scheme.WriteMessage(request, reading, message);
            if (IsMac(presented, message.WrittenSpan, scheme.Keys(security)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsMac(ReadOnlySpan<byte> presented, ReadOnlySpan<byte> message, ImmutableArray<Secret> keys)
    {
        Span<byte> expected = stackalloc byte[MacBytes];
        foreach (var key in keys)
        {
            HMACSHA256.HashData(key.Bytes.Span, message, expected);
            if (CryptographicOperations.FixedTimeEquals(presented, expected))
            {
                return true;
            }
        }

        return false;
    }
}
