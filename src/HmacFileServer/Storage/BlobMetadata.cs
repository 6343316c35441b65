using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>
/// What is known of a file besides its bytes and its name. Kept in extended attributes of the file itself, set
/// before it is published: no second file to lose, and it survives a rename, a restart and a restored backup (rsync
/// -X, tar --xattrs).
/// </summary>
/// <param name="ContentType">The type that was signed or sent; null when nobody said. Of what an older version or
/// another program wrote there, not always a media type.</param>
/// <param name="Expires">When the file is to be gone (claim <c>expires</c> of mod_http_file_share); null for
/// never.</param>
/// <param name="Owner">Who stored it, where its path does not say; for a ledger that was lost.</param>
internal sealed record BlobMetadata(string? ContentType, DateTimeOffset? Expires, string? Owner = null)
{
    // freedesktop.org shared MIME information, "storing the MIME type"
    private const string TypeAttribute = "user.mime_type";
    private const string ExpiresAttribute = "user.hfs.expires";
    private const string OwnerAttribute = "user.hfs.owner";
    private const string KeyAttribute = "user.hfs.key";
    private const int MaxTypeBytes = 4 * 255; // an older version kept letters of four bytes

    public const int MaxOwnerBytes = 3071; // of an address (RFC 7622 section 3.1: three parts of 1023 bytes)

    public static readonly BlobMetadata None = new(null, null);

    /// <returns><see langword="false"/> where the file system keeps none, or not so much: what is not known of a file
    /// follows its name.</returns>
    public bool WriteTo(SafeFileHandle file)
    {
        var kept = ContentType is null || Posix.SetAttribute(file, TypeAttribute, Encoding.UTF8.GetBytes(ContentType));
        if (Expires is { } expires)
        {
            Span<byte> digits = stackalloc byte[20];
            Utf8Formatter.TryFormat(expires.ToUnixTimeSeconds(), digits, out var length);
            kept &= Posix.SetAttribute(file, ExpiresAttribute, digits[..length]);
        }

        return kept & (Owner is null || Posix.SetAttribute(file, OwnerAttribute, Encoding.UTF8.GetBytes(Owner)));
    }

    /// <returns>Empty where it is known that nobody was named; null where nothing is known.</returns>
    public static string? ReadOwner(SafeFileHandle file) =>
        ReadText(file, OwnerAttribute, stackalloc byte[MaxOwnerBytes]);

    /// <summary>The key of a file whose name on disk is not its own: it was too long.</summary>
    /// <returns><see langword="false"/> as above.</returns>
    public static bool WriteKey(SafeFileHandle file, BlobKey key) =>
        key.StoredPath == key.Text || Posix.SetAttribute(file, KeyAttribute, Encoding.UTF8.GetBytes(key.Text));

    public static string? ReadKey(SafeFileHandle file) =>
        ReadText(file, KeyAttribute, stackalloc byte[BlobKey.MaxBytes]);

    public static BlobMetadata ReadFrom(SafeFileHandle file)
    {
        Span<byte> value = stackalloc byte[MaxTypeBytes];
        var type = ReadText(file, TypeAttribute, value) is { Length: > 0 } text ? text : null;

        var length = Posix.GetAttribute(file, ExpiresAttribute, value);
        DateTimeOffset? expires = length > 0
            && long.TryParse(
                value[..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() && seconds >= 0
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null;
        return new BlobMetadata(type, expires);
    }

    private static string? ReadText(SafeFileHandle file, string attribute, Span<byte> buffer)
    {
        var length = Posix.GetAttribute(file, attribute, buffer);
        return length >= 0 ? Encoding.UTF8.GetString(buffer[..length]) : null;
    }
}
