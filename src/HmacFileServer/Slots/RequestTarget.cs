using System.Buffers;

namespace HmacFileServer.Slots;

/// <summary>
/// The path and query of a request as they came over the wire. Kestrel's own Request.Path folds "..", keeps %2F
/// and makes %252F of it: it is neither unambiguous nor what was signed. Here every %xx is one byte, decoded once;
/// "+" is a plus.
/// </summary>
internal sealed class RequestTarget
{
    // RFC 3986 section 3.2: a host and a port, without the "@" of a user.
    private static readonly SearchValues<char> InAuthority = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%!$&'()*+,;=:[]");

    /// <summary>
    /// Many times what any issuer writes. Whoever sends more has no signature to show, and would have us look for one.
    /// </summary>
    public const int MaxParameters = 32;

    private KeyValuePair<string, string>[]? parameters;

    private RequestTarget(string raw, byte[] path, string query)
    {
        Raw = raw;
        Path = path;
        Query = query;
        HasTooManyParameters = query.AsSpan().Count('&') >= MaxParameters;
    }

    /// <summary>As it came.</summary>
    public string Raw { get; }

    /// <summary>The decoded bytes, with the leading slash and whatever prefix the proxy left.</summary>
    public byte[] Path { get; }

    /// <summary>Without the question mark, not decoded.</summary>
    public string Query { get; }

    /// <summary>More than <see cref="MaxParameters"/>: none of them is read.</summary>
    public bool HasTooManyParameters { get; }

    /// <summary>Parses once a request, however many ask.</summary>
    public static bool TryParse(HttpContext http, string raw, out RequestTarget target)
    {
        if (http.Features.Get<RequestTarget>() is { } known && ReferenceEquals(known.Raw, raw))
        {
            target = known;
            return true;
        }

        if (!TryParse(raw, out target))
        {
            return false;
        }

        http.Features.Set(target);
        return true;
    }

    public static bool TryParse(string raw, out RequestTarget target)
    {
        target = null!;
        if (!TryOriginForm(raw, out var rest))
        {
            return false;
        }

        var mark = rest.IndexOf('?');
        var query = mark < 0 ? "" : rest[(mark + 1)..].ToString();
        var path = mark < 0 ? rest : rest[..mark];

        var decoded = new byte[path.Length];
        if (!TryDecode(path, decoded, out var length))
        {
            return false;
        }

        target = new RequestTarget(raw, decoded.AsSpan(0, length).ToArray(), query);
        return true;
    }

    /// <summary>The first non-empty value of a parameter; an empty one counts as absent.</summary>
    public string? Parameter(string name)
    {
        parameters ??= HasTooManyParameters ? [] : [.. Split(Query)];
        foreach (var (known, value) in parameters)
        {
            if (known == name)
            {
                return value;
            }
        }

        return null;
    }

    private static List<KeyValuePair<string, string>> Split(string query)
    {
        var found = new List<KeyValuePair<string, string>>();
        foreach (var range in query.AsSpan().Split('&'))
        {
            var pair = query.AsSpan(range);
            var equals = pair.IndexOf('=');
            if (equals > 0 && equals < pair.Length - 1)
            {
                found.Add(new(pair[..equals].ToString(), Uri.UnescapeDataString(pair[(equals + 1)..])));
            }
        }

        return found;
    }

    /// <summary>
    /// "/path" as it is; "http://host/path", which every server must accept, without its front (RFC 9112
    /// section 3.2.2). The authority ends at the first "/" or "?" (RFC 3986 section 3.2). One that is empty or names
    /// a user is an error (RFC 9110 sections 4.2.1 and 4.2.4).
    /// </summary>
    private static bool TryOriginForm(string raw, out ReadOnlySpan<char> rest)
    {
        rest = raw;
        if (raw.StartsWith('/'))
        {
            return true;
        }

        var scheme = raw.IndexOf("://", StringComparison.Ordinal);
        if (!raw.AsSpan(0, Math.Max(scheme, 0)).Equals("http", StringComparison.OrdinalIgnoreCase)
            && !raw.AsSpan(0, Math.Max(scheme, 0)).Equals("https", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var after = raw.AsSpan(scheme + 3);
        var end = after.IndexOfAny('/', '?');
        var authority = end < 0 ? after : after[..end];
        if (authority.IsEmpty || authority.ContainsAnyExcept(InAuthority))
        {
            return false;
        }

        // Without a path it is "/" (RFC 9110 section 4.2.3).
        rest = end < 0 ? "/" : after[end] == '/' ? after[end..] : string.Concat("/", after[end..]);
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<char> text, Span<byte> decoded, out int length)
    {
        length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (character == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                {
                    return false;
                }

                decoded[length++] = (byte)((HexValue(text[i + 1]) << 4) | HexValue(text[i + 2]));
                i += 2;
            }
            else if (char.IsAscii(character))
            {
                decoded[length++] = (byte)character;
            }
            else
            {
                return false; // RFC 3986: percent-encode it. Kestrel refuses such a request line before us.
            }
        }

        return true;
    }

    private static int HexValue(char digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
