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
        ["7z"] = ["application/x-7z-compressed", "application/7z"],
        ["aac"] = ["audio/aac", "audio/x-aac"],
        ["amr"] = ["audio/AMR", "audio/amr"],
        ["apk"] = ["application/vnd.android.package-archive"],
        ["asc"] = ["application/pgp-encrypted", "application/pgp-keys", "text/plain"],
        ["avi"] = ["video/avi", "video/x-msvideo", "video/vnd.avi"],
        ["bmp"] = ["image/bmp", "image/x-bmp", "image/x-ms-bmp"],
        ["bz2"] = ["application/x-bzip2", "application/bzip2", "application/x-bzip"],
        ["c"] = ["text/x-csrc"],
        ["conf"] = ["text/plain"],
        ["cpp"] = ["text/x-c++src"],
        ["deb"] = ["application/vnd.debian.binary-package", "application/x-deb"],
        ["epub"] = ["application/epub+zip"],
        ["flac"] = ["audio/x-flac"],
        ["gpg"] = ["application/pgp-encrypted"],
        ["gpx"] = ["application/gpx+xml", "application/gpx"],
        ["gz"] = ["application/gzip"],
        ["heic"] = ["image/heif"],
        ["ico"] = ["image/vnd.microsoft.icon", "image/x-icon"],
        ["ics"] = ["text/calendar"],
        ["java"] = ["text/x-java", "text/x-java-source"],
        ["jpeg"] = ["image/jpg", "image/pjpeg"],
        ["jpg"] = ["image/jpg", "image/pjpeg"],
        ["js"] = ["application/javascript"],
        ["json"] = ["application/json", "text/json"],
        ["log"] = ["text/plain", "text/x-log"],
        ["m4a"] = ["audio/x-m4a", "audio/aac", "audio/m4a"],
        ["md"] = ["text/x-markdown", "text/plain"],
        ["mkv"] = ["video/matroska"],
        ["mp3"] = ["audio/mp3", "audio/mpeg3", "audio/x-mp3"],
        ["mp4"] = ["audio/mp4"],
        ["odp"] = ["application/vnd.oasis.opendocument.presentation"],
        ["ods"] = ["application/vnd.oasis.opendocument.spreadsheet"],
        ["odt"] = ["application/vnd.oasis.opendocument.text"],
        ["oga"] = ["audio/x-vorbis+ogg"],
        ["ogg"] = ["application/ogg", "audio/x-vorbis+ogg"],
        ["opus"] = ["audio/opus", "audio/x-opus+ogg"],
        ["p7s"] = ["application/pkcs7-signature"],
        ["patch"] = ["text/x-patch"],
        ["pgp"] = ["application/pgp-encrypted", "application/pgp-signature"],
        ["png"] = ["image/x-png"],
        ["py"] = ["text/x-python", "text/x-python3"],
        ["rar"] = ["application/vnd.rar"],
        ["rtf"] = ["application/rtf", "text/rtf"],
        ["sh"] = ["application/x-shellscript", "application/x-sh"],
        ["sig"] = ["application/pgp-signature"],
        ["tar"] = ["application/x-tar"],
        ["tgz"] = ["application/x-compressed-tar"],
        ["toml"] = ["application/toml"],
        ["torrent"] = ["application/x-bittorrent"],
        ["vcf"] = ["text/vcard", "text/x-vcard", "text/directory"],
        ["wav"] = ["audio/x-wav", "audio/vnd.wave"],
        ["webm"] = ["audio/webm"],
        ["xml"] = ["application/xml"],
        ["xz"] = ["application/x-xz"],
        ["yaml"] = ["application/yaml", "application/x-yaml", "text/yaml"],
        ["yml"] = ["application/yaml", "application/x-yaml", "text/yaml"],
        ["zip"] = ["application/zip"],
        ["zst"] = ["application/zstd"],
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
