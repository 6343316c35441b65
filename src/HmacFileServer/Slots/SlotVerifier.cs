using System.Buffers;
using System.Security.Cryptography;
using HmacFileServer.Http;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Slots.Diagnosis;
using HmacFileServer.Slots.Schemes;

namespace HmacFileServer.Slots;

/// <summary>
/// Decides whether a request may do what it asks. One scheme is selected, by precedence, among those that are on;
/// it must verify, with the current key or a previous one.
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
        var scheme = Array.Find(
            Schemes, scheme => rules.Security.Schemes.Contains(scheme.Name) && scheme.IsPresent(request));
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
            diagnosis.ExplainTerms(request, scheme, refusal, rules);
            return Refused(refusal, rules);
        }

        slot = new UploadSlot(request.Key, scheme.Name, terms);
        return null;
    }

    /// <summary>Whether a GET or HEAD carries a signature for just this file that still holds.</summary>
    public Refusal? VerifyDownload(SlotRequest request, ServerSettings rules)
    {
        if (!DownloadScheme.IsPresent(request))
        {
            return Refusal.Unsigned;
        }

        if (!TryVerify(DownloadScheme, request, rules.Security, out var reading))
        {
            diagnosis.Explain(request, DownloadScheme, rules);
            return Refusal.BadSignature;
        }

        var refusal = DownloadScheme.Admit(request, reading, rules.Security, out _);
        diagnosis.ExplainTerms(request, DownloadScheme, refusal, rules);
        return refusal;
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
        return MessageMac.Matches(presented, message.WrittenSpan, security.Secrets) ? null : Refusal.BadSignature;
    }

    /// <summary>
    /// Tells the log under which base path the signature of a request outside ours would have been good.
    /// </summary>
    public void ExplainOutside(HttpRequest http, string rawTarget, ServerSettings rules, DateTimeOffset arrivedAt)
    {
        if (SlotRequest.Read(http, rawTarget, "/", arrivedAt, out var request) is null)
        {
            var scheme = Array.Find(
                Schemes, scheme => rules.Security.Schemes.Contains(scheme.Name) && scheme.IsPresent(request));
            diagnosis.ExplainOutside(request, scheme, rules);
        }
    }

    private static Refusal Refused(Refusal refusal, ServerSettings rules) =>
        rules.Security.JwtOnly && refusal == Refusal.BadSignature ? Refusal.Unauthorized : refusal;

    /// <returns>Which of the scheme's keys made the signature, 0 for the current one; -1 for none.</returns>
    public static int FindKey(ISlotScheme scheme, SlotRequest request, SecuritySettings security, out int reading)
    {
        Span<byte> presented = stackalloc byte[MacBytes];
        reading = 0;
        if (!scheme.TryReadMac(request, presented))
        {
            return -1;
        }

        var message = new ArrayBufferWriter<byte>(256);
        for (; reading < scheme.Readings(request); reading++)
        {
            message.ResetWrittenCount();
            scheme.WriteMessage(request, reading, message);
            if (MessageMac.FindKey(presented, message.WrittenSpan, scheme.Keys(security)) is >= 0 and var key)
            {
                return key;
            }
        }

        return -1;
    }

    private bool TryVerify(ISlotScheme scheme, SlotRequest request, SecuritySettings security, out int reading)
    {
        var key = FindKey(scheme, request, security, out reading);
        if (key >= 0)
        {
            diagnosis.Matched(scheme, key);
        }

        return key >= 0;
    }
}
