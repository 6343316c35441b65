using Microsoft.AspNetCore.StaticFiles;

namespace HmacFileServer.Downloads;

/// <summary>
/// The type of a file that was here before us, or came without one, by its extension. A stored type always wins.
/// </summary>
internal static class MediaTypes
{
    public const string Unknown = "application/octet-stream";

    private static readonly FileExtensionContentTypeProvider Extensions = new()
    {
        Mappings =
        {
            // What phones make and the framework's table lacks or calls otherwise (IANA media types, RFC
            // 7845 for Opus).
            [".opus"] = "audio/ogg",
            [".ogg"] = "audio/ogg",
            [".oga"] = "audio/ogg",
            [".m4a"] = "audio/mp4",
            [".flac"] = "audio/flac",
            [".heic"] = "image/heic",
            [".heif"] = "image/heif",
            [".avif"] = "image/avif",
            [".webp"] = "image/webp",
            [".jxl"] = "image/jxl",
            [".mkv"] = "video/x-matroska",
            [".apk"] = "application/vnd.android.package-archive",
            [".md"] = "text/markdown",
        },
    };

    public static string OfExtension(string extension) =>
        extension.Length > 0 && Extensions.TryGetContentType("." + extension, out var type) ? type : Unknown;

    /// <summary>
    /// Whether a type can stand in a response header: visible ASCII with a slash in it (RFC 9110 section 8.3).
    /// </summary>
    public static bool IsSendable(string? type) =>
        type is { Length: > 2 } && type.Contains('/', StringComparison.Ordinal)
            && !type.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
