using System.Text;

namespace HmacFileServer.Slots;

/// <summary>
/// <c>jwt/TOKEN/slot/name</c>: a PUT URL without a query. ejabberd up to 25.07 escapes the URLs it gets from
/// service_url once more, so that "?" becomes %3F and "%" %25; nothing but letters, digits and "-._/:" goes
/// through it as it is.
/// </summary>
internal static class TokenPath
{
    private const string Start = "jwt/";

    public static string Of(string token) => $"{Start}{token}/";

    /// <summary>Takes the token from the front of a path, if one is there.</summary>
    public static string? Take(ref Span<byte> path)
    {
        if (!path.StartsWith(Encoding.ASCII.GetBytes(Start)))
        {
            return null;
        }

        var rest = path[Start.Length..];
        var end = rest.IndexOf((byte)'/');
        if (end < 0 || rest[..end].Count((byte)'.') != 2)
        {
            return null;
        }

        path = rest[(end + 1)..];
        return Encoding.UTF8.GetString(rest[..end]);
    }

    /// <summary>The name without what would be escaped; ejabberd's own slots lose much the same.</summary>
    public static string SafeName(string name) =>
        string.Concat(name.EnumerateRunes().Select(rune =>
            rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value is '-' or '.' or '_')
                ? (char)rune.Value
                : '_'));
}
