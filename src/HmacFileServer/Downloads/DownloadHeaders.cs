using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using HmacFileServer.Http;
using HmacFileServer.Settings;
using HmacFileServer.Storage;
using Microsoft.Net.Http.Headers;

namespace HmacFileServer.Downloads;

/// <summary>
/// What goes with a file besides its bytes. Strangers upload, and browsers open: only what cannot run is shown in
/// place, everything else is saved; nothing is guessed from the content.
/// </summary>
internal static class DownloadHeaders
{
    // What is saved would still be shown by a browser that is told to: then nothing may load, run or frame.
    private const string SavedPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

    // A browser shows a film in a page of its own making, which loads the film and brings its styles. In a sandbox that
    // page has no origin, so that WebKit loads nothing, and Chromium only what CORS allows everybody.
    private const string ShownPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; frame-ancestors 'none'";

    // RFC 3986 section 2.3: what neither form of a name has to change.
    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    /// <param name="isInline">Whether it is shown, or saved.</param>
    public static void Apply(
        IHeaderDictionary headers, Blob blob, MediaType type, bool isInline, ServerSettings rules, TimeSpan? remaining)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = isInline && IsPassive(type) ? ShownPolicy : SavedPolicy;
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"; // who knows the URL may read: pages with COEP, too
        headers.AcceptRanges = "bytes";
        headers.ContentDisposition = Disposition(blob.Key.Name, isInline);
        headers.CacheControl = CacheControl(rules, remaining);
    }

    /// <summary>The answer became an error, 412 or 416: no word of the file, which caches may keep.</summary>
    public static void TakeBack(IHeaderDictionary headers)
    {
        headers.CacheControl = Refusal.Uncached;
        headers.Remove(HeaderNames.ETag);
        headers.Remove(HeaderNames.LastModified);
        headers.Remove(HeaderNames.ContentDisposition);
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

    public static bool IsInline(MediaType type, ImmutableArray<string> inlineTypes)
    {
        if (type.Essence.EndsWith("+xml", StringComparison.OrdinalIgnoreCase))
        {
            return false; // SVG and all that is XML whatever it calls itself (RFC 7303): it can hold a script
        }

        foreach (var allowed in inlineTypes)
        {
            if (allowed.EndsWith("/*", StringComparison.Ordinal)
                ? type.IsOf(allowed.AsSpan(0, allowed.Length - 1))
                : type.Is(allowed))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Nothing in it can run, in no browser. PDF, or what else an operator shows, is not of these.</summary>
    private static bool IsPassive(MediaType type) =>
        type.IsOf("image/") || type.IsOf("video/") || type.IsOf("audio/") || type.Is("text/plain");

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
