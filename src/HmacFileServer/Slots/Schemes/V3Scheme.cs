using System.Buffers;
using System.Globalization;
using HmacFileServer.Http;
using HmacFileServer.Settings;

namespace HmacFileServer.Slots.Schemes;

/// <summary>
/// <c>?v3=hex(HMAC-SHA256(secret, method LF expires LF path))&amp;expires=unixseconds</c>, path with its leading slash
/// and prefix. Signed by hmac-file-server's issuers and by us; uploads are signed for PUT, downloads (and their HEAD)
/// for GET. Good until <c>expires</c>, plus the allowed difference of the clocks.
/// </summary>
internal sealed class V3Scheme() : UrlScheme("v3")
{
    private const int MaxDigits = 11; // past the year 5000, and within what DateTimeOffset holds

    /// <summary>A HEAD asks for what a GET would: the same URL serves both.</summary>
    public static string SignedMethod(SlotRequest request) =>
        request.Method == HttpMethods.Head ? HttpMethods.Get : request.Method;

    public override void WriteMessage(SlotRequest request, int reading, IBufferWriter<byte> message)
    {
        UrlMessage.WriteV3(
            message, SignedMethod(request), request.Target.Parameter("expires") ?? "", request.Target.Path);
    }

    public override Refusal? Admit(SlotRequest request, int reading, SecuritySettings security, out SlotTerms terms)
    {
        terms = new SlotTerms { Length = request.Length ?? 0, ContentType = request.ContentType };
        if (request.Target.Parameter("expires") is not { Length: > 0 and <= MaxDigits } expires
            || !long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return Refusal.BadSignature;
        }

        var until = DateTimeOffset.FromUnixTimeSeconds(seconds) + security.ClockSkew.Time;
        return request.ArrivedAt > until ? Refusal.Expired : null;
    }
}
