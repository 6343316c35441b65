using HmacFileServer.Http;
using Microsoft.AspNetCore.StaticFiles;

namespace HmacFileServer.Downloads;

/// <summary>
/// Which type a file has: the stored one, or its extension's when it was here before us or came without one.
/// </summary>
internal static class MediaTypes
{
    public const string Unknown = "application/octet-stream";

    private static readonly MediaType Bytes =
        MediaType.TryParse(Unknown, out var bytes) ? bytes : throw new InvalidOperationException(Unknown);

    private static readonly FileExtensionContentTypeProvider Framework = new();

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

    // What else the tables of clients call them: freedesktop.org's shared MIME information, Android, Apple.
    private static readonly Dictionary<string, string[]> OtherNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["aac"] = ["audio/aac", "audio/x-aac"],
        ["flac"] = ["audio/x-flac"],
        ["gz"] = ["application/gzip"],
        ["js"] = ["application/javascript"],
        ["m4a"] = ["audio/x-m4a"],
        ["mkv"] = ["video/matroska"],
        ["ogg"] = ["application/ogg", "audio/x-vorbis+ogg"],
        ["opus"] = ["audio/opus", "audio/x-opus+ogg"],
        ["rar"] = ["application/vnd.rar"],
        ["wav"] = ["audio/x-wav", "audio/vnd.wave"],
        ["webm"] = ["audio/webm"],
        ["xml"] = ["application/xml"],
        ["zip"] = ["application/zip"],
    };

    /// <summary>
    /// What is said of a file with that type. What is no media type may have been anything, and is bytes to save.
    /// </summary>
    /// <param name="stored">Null or empty when nobody said.</param>
    public static MediaType Of(string? stored, string extension) =>
        Parse(string.IsNullOrEmpty(stored) ? OfExtension(extension) : stored);

    /// <returns>That of mere bytes for what is no media type.</returns>
    public static MediaType Parse(string? text) => MediaType.TryParse(text, out var type) ? type : Bytes;

    /// <summary>What is kept of a type that somebody said; null when nobody did.</summary>
    public static string? Storable(string? said) => string.IsNullOrEmpty(said) ? null : Parse(said).Text;

    public static string OfExtension(string extension) => Find(Extensions, extension) ?? Unknown;

    /// <summary>Every type that files with the extension go by, ours first.</summary>
    public static IEnumerable<string> AllOfExtension(string extension)
    {
        string?[] ours = [Find(Extensions, extension), Find(Framework, extension)];
        return ours.OfType<string>().Concat(OtherNames.GetValueOrDefault(extension, []));
    }

    private static string? Find(FileExtensionContentTypeProvider table, string extension) =>
        extension.Length > 0 && table.TryGetContentType("." + extension, out var type) ? type : null;
}
