using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace HmacFileServer.Uploads;

/// <summary>
/// The fields after a chunked body (RFC 9112 section 7.1.2). Nobody reads them and no client sends any, so what is not
/// plain text there is taken for a broken body.
/// </summary>
internal static class Trailers
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool AreText(IHttpRequestTrailersFeature? sent) =>
        sent is not { Available: true, Trailers.Count: > 0 }
            || sent.Trailers.All(trailer => trailer.Value.All(value => IsText(value ?? "")));

    /// <param name="value">Each byte as one character.</param>
    private static bool IsText(string value)
    {
        try
        {
            return !Strict.GetString(Encoding.Latin1.GetBytes(value)).Any(c => c != '\t' && char.IsControl(c)); // RFC 9110 section 5.5
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
