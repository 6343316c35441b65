namespace HmacFileServer.Slots;

/// <summary>
/// The path and query of a request as they came over the wire. Kestrel's own Request.Path folds "..", keeps %2F
/// and makes %252F of it: it is neither unambiguous nor what was signed. Here every %xx is one byte, decoded once;
/// "+" is a plus.
/// </summary>
internal sealed class RequestTarget
{
    private RequestTarget(byte[] path, string query)
    {
        Path = path;
        Query = query;
    }

    /// <summary>The decoded bytes, with the leading slash and whatever prefix the proxy left.</summary>
    public byte[] Path { get; }

    /// <summary>Without the question mark, not decoded.</summary>
    public string Query { get; }

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

        target = new RequestTarget(decoded.AsSpan(0, length).ToArray(), query);
        return true;
    }

    /// <summary>The first non-empty value of a parameter; an empty one counts as absent.</summary>
    public string? Parameter(string name)
    {
        foreach (var range in Query.AsSpan().Split('&'))
        {
            var pair = Query.AsSpan(range);
            var equals = pair.IndexOf('=');
            if (equals > 0 && equals < pair.Length - 1 && pair[..equals].SequenceEqual(name))
            {
                return Uri.UnescapeDataString(pair[(equals + 1)..]);
            }
        }

        return null;
    }

    /// <summary>
    /// "/path" as it is; "http://host/path", which every server must accept, without its front (RFC 9112
    /// section 3.2.2).
    /// </summary>
    private static bool TryOriginForm(string raw, out ReadOnlySpan<char> rest)
    {
        rest = raw;
        if (raw.StartsWith('/'))
        {
            return true;
        }

        var authority = raw.IndexOf("://", StringComparison.Ordinal);
        if (authority <= 0)
        {
            return false;
        }

        var path = raw.IndexOf('/', authority + 3);
        rest = path < 0 ? "/" : raw.AsSpan(path);
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
