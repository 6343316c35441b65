using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using HmacFileServer.Settings;
using HmacFileServer.Storage;

namespace HmacFileServer.Downloads;

/// <summary>
/// What goes with a file besides its bytes. Strangers upload, and browsers open: only what cannot run is shown in
/// place, everything else is saved; nothing is guessed from the content.
/// </summary>
internal static class DownloadHeaders
{
    // As Prosody's mod_http_file_share: media may play when opened directly, nothing else may load, run or frame.
    private const string Policy = "default-src 'none'; media-src 'self'; frame-ancestors 'none'; sandbox";

    // RFC 3986 section 2.3: what neither form of a name has to change.
    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    public static string ContentType(Blob blob) => MediaTypes.IsSendable(blob.Metadata.ContentType)
        ? blob.Metadata.ContentType!
        : MediaTypes.OfExtension(blob.Key.Extension);

    public static void Apply(
        IHeaderDictionary headers, Blob blob, string contentType, ServerSettings rules, TimeSpan? remaining)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = Policy;
        headers.AcceptRanges = "bytes";
        headers.ContentDisposition = Disposition(blob.Key.Name, IsInline(contentType, rules.Downloads.InlineTypes));
        headers.CacheControl = CacheControl(rules, remaining);
    }

    /// <summary>
    /// Both forms of the name: Cheogram reads <c>filename</c> alone, and <c>filename*</c> carries every character
    /// (RFC 6266 section 4.3, RFC 8187).
    /// </summary>
    public static string Disposition(string name, bool inline)
    {
        var kind = inline ? "inline" : "attachment";
        if (!name.AsSpan().ContainsAnyExcept(Unreserved))
        {
            return $"{kind}; filename=\"{name}\"; filename*=UTF-8''{name}"; // most names
        }

        var ascii = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            ascii.Append(rune is { IsAscii: true, Value: not ('"' or '\\' or '%') } ? (char)rune.Value : '_');
        }

        return $"{kind}; filename=\"{ascii}\"; "
            + $"filename*=UTF-8''{Uri.EscapeDataString(name)}";
    }

    public static bool IsInline(string contentType, ImmutableArray<string> inlineTypes)
    {
        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        var type = (end < 0 ? contentType : contentType.AsSpan(0, end)).Trim();
        if (type.Equals("image/svg+xml", StringComparison.OrdinalIgnoreCase))
        {
            return false; // a picture that can hold a script
        }

        foreach (var allowed in inlineTypes)
        {
            if (allowed.EndsWith("/*", StringComparison.Ordinal)
                ? type.StartsWith(allowed.AsSpan(0, allowed.Length - 1), StringComparison.OrdinalIgnoreCase)
                : type.Equals(allowed, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static string CacheControl(ServerSettings rules, TimeSpan? remaining)
    {
        var age = rules.Downloads.CacheMaxAge.Time;
        if (remaining < age)
        {
            age = remaining.Value; // a cache must not keep what we promised to delete
        }

        // A shared cache would hand a signed file to those without a signature.
        var reach = rules.Security.RequireSignedDownloads ? "private" : "public";
        return string.Create(
            CultureInfo.InvariantCulture, $"{reach}, max-age={(long)Math.Max(0, age.TotalSeconds)}, immutable");
    }
}
