using System.Security.Cryptography;
using System.Text;

namespace HmacFileServer.Storage;

/// <summary>
/// The name of a stored file: what stands in the URL after the base path, percent-decoded, "random/name" or
/// "user/random/name". One that exists cannot leave the store, so nobody who holds it need ask again.
/// <para>
/// Valid UTF-8; one or more segments, none empty, "." or "..", also when a backslash is taken for a separator; no
/// control character; no more than <see cref="MaxBytes"/>; the first segment does not begin with a dot, for the
/// server's own folder is called <c>.hfs</c>.
/// Names are never changed: no sanitising, no Unicode normalisation (the MAC was made over these very bytes).
/// </para>
/// </summary>
internal sealed class BlobKey : IEquatable<BlobKey>
{
    /// <summary>Of the whole, in UTF-8.</summary>
    public const int MaxBytes = 2048;

    private const int MaxSegmentBytes = 255;     // NAME_MAX, limits.h
    private const int MaxStoredBytes = 2048;     // leaves half of PATH_MAX to the storage path
    private const int KeptBytes = 160;           // of a name too long, for the eyes of the operator
    private const int MaxKeptExtension = 16;
    private const char HashMark = '~';
    private const int HashLength = 1 + 64;       // mark and SHA-256 in hex

    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private BlobKey(string text, string storedPath)
    {
        Text = text;
        StoredPath = storedPath;
        Name = text[(text.LastIndexOf('/') + 1)..];
    }

    /// <summary>The decoded key as it was signed.</summary>
    public string Text { get; }

    /// <summary>
    /// Where it lies below the storage path; differs from <see cref="Text"/> only where a segment was too long.
    /// </summary>
    public string StoredPath { get; }

    /// <summary>The last segment: the file's name as its owner gave it.</summary>
    public string Name { get; }

    /// <summary>
    /// The file name's last extension in lower case without the dot, or empty. A leading dot makes no extension.
    /// </summary>
    public string Extension => Name.LastIndexOf('.') is > 0 and var dot ? Name[(dot + 1)..].ToLowerInvariant() : "";

    public static bool TryParse(ReadOnlySpan<byte> decoded, out BlobKey key)
    {
        key = null!;
        if (decoded.Length > MaxBytes)
        {
            return false; // before anything is made of it: nobody has signed it yet
        }

        string text;
        try
        {
            text = Strict.GetString(decoded);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        return TryParse(text, out key);
    }

    public static bool TryParse(string text, out BlobKey key)
    {
        key = null!;
        if (text.Length is 0 or > MaxBytes || Encoding.UTF8.GetByteCount(text) > MaxBytes
            || text[0] == '.' || text.AsSpan().ContainsAny(Controls))
        {
            return false;
        }

        var stored = text;
        if (MayNeedShortening(text))
        {
            stored = string.Join('/', text.Split('/').Select(Shortened));
        }

        foreach (var segment in text.AsSpan().Split('/'))
        {
            if (!IsName(text.AsSpan(segment)))
            {
                return false;
            }
        }

        if (Encoding.UTF8.GetByteCount(stored) > MaxStoredBytes)
        {
            return false;
        }

        key = new BlobKey(text, stored);
        return true;
    }

    public bool Equals(BlobKey? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as BlobKey);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;

    private static bool IsName(ReadOnlySpan<char> segment)
    {
        if (segment.IsEmpty)
        {
            return false;
        }

        // A backslash is a character like any other here. But a name that would climb on another system,
        // or in a tool that treats it as a separator, is an attack and nothing else.
        foreach (var part in segment.Split('\\'))
        {
            if (segment[part] is "." or "..")
            {
                return false;
            }
        }

        return true;
    }

    private static bool MayNeedShortening(string text) =>
        text.Length * 3 > MaxSegmentBytes || text.Contains(HashMark, StringComparison.Ordinal);

    /// <summary>
    /// The same short name for the same long one, always, so that it is found without an index. A name that looks like
    /// a short one is treated as a long one: no two keys share a file.
    /// </summary>
    private static string Shortened(string segment)
    {
        var bytes = Encoding.UTF8.GetBytes(segment);
        if (bytes.Length <= MaxSegmentBytes && !LooksShortened(segment))
        {
            return segment;
        }

        var dot = segment.LastIndexOf('.');
        var extension = dot > 0 && segment.Length - dot <= MaxKeptExtension
            && segment.AsSpan(dot + 1).IndexOfAnyExcept(AsciiAlphanumeric) < 0
            ? segment[dot..]
            : "";
        var kept = Math.Min(KeptBytes, bytes.Length);
        while (kept < bytes.Length && (bytes[kept] & 0xC0) == 0x80)
        {
            kept--; // not into the middle of a character
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return $"{Encoding.UTF8.GetString(bytes, 0, kept)}{HashMark}{hash}{extension}";
    }

    private static bool LooksShortened(string segment)
    {
        var mark = segment.LastIndexOf(HashMark);
        return mark >= 0
            && segment.Length - mark >= HashLength
            && segment.AsSpan(mark + 1, HashLength - 1).IndexOfAnyExcept(Hex) < 0;
    }

    private static readonly System.Buffers.SearchValues<char> Controls = System.Buffers.SearchValues.Create(
        [.. Enumerable.Range(0, 0xA0).Select(code => (char)code).Where(char.IsControl)]); // none above

    private static readonly System.Buffers.SearchValues<char> Hex =
        System.Buffers.SearchValues.Create("0123456789abcdef");

    private static readonly System.Buffers.SearchValues<char> AsciiAlphanumeric = System.Buffers.SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}
