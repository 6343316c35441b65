using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace HmacFileServer.Http;

/// <summary>
/// One media type, <c>type/subtype *(;token=value)</c> (RFC 9110 section 8.3.1), in ASCII and without control
/// characters. Nothing more lenient is stored, compared or sent: of a list browsers take the last, and of the rest each
/// makes its own.
/// </summary>
internal readonly struct MediaType
{
    public const int MaxLength = 255; // as share_v2.php and Metronome

    private const string Whitespace = " \t"; // OWS, RFC 9110 section 5.6.3

    // tchar, RFC 9110 section 5.6.2
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private readonly int essenceLength;

    private MediaType(string text, int essenceLength, bool hasCharset)
    {
        Text = text;
        this.essenceLength = essenceLength;
        HasCharset = hasCharset;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Type and subtype, without parameters; its case means nothing.</summary>
    public ReadOnlySpan<char> Essence => Text.AsSpan(0, essenceLength);

    public bool HasCharset { get; }

    public static bool TryParse([NotNullWhen(true)] string? text, out MediaType type)
    {
        type = default;
        if (text is not { Length: <= MaxLength } || HasDoubtfulComma(text))
        {
            return false;
        }

        var kind = TokenLength(text);
        if (kind == 0 || kind == text.Length || text[kind] != '/')
        {
            return false;
        }

        var subtype = TokenLength(text.AsSpan(kind + 1));
        var essence = kind + 1 + subtype;
        if (subtype == 0 || !TryReadParameters(text.AsSpan(essence), out var hasCharset))
        {
            return false;
        }

        type = new MediaType(text, essence, hasCharset);
        return true;
    }

    /// <summary>Whether the whole text is a token (RFC 9110 section 5.6.2).</summary>
    public static bool IsToken(ReadOnlySpan<char> text) => text.Length > 0 && TokenLength(text) == text.Length;

    public bool Is(string essence) => Essence.Equals(essence, StringComparison.OrdinalIgnoreCase);

    /// <param name="kind">Such as <c>image/</c>.</param>
    public bool IsOf(ReadOnlySpan<char> kind) => Essence.StartsWith(kind, StringComparison.OrdinalIgnoreCase);

    /// <summary>The type with one parameter more; one that has no charset yet.</summary>
    public string WithCharset(string charset) => $"{Text.TrimEnd(' ', '\t', ';')}; charset={charset}";

    /// <summary>
    /// A comma is right in a quoted value alone. To a parser that does not know quoted pairs, or takes apostrophes for
    /// quotes as Chromium did, it may begin a second type all the same.
    /// </summary>
    private static bool HasDoubtfulComma(string text) =>
        text.Contains(',', StringComparison.Ordinal) && text.AsSpan().ContainsAny('\\', '\'');

    // parameters = *( OWS ";" OWS [ parameter ] )
    private static bool TryReadParameters(ReadOnlySpan<char> rest, out bool hasCharset)
    {
        hasCharset = false;
        while (rest.Length > 0)
        {
            rest = rest.TrimStart(Whitespace);
            if (!rest.StartsWith(';'))
            {
                return false;
            }

            rest = rest[1..].TrimStart(Whitespace);
            if (rest.IsEmpty || rest[0] == ';')
            {
                continue;
            }

            var name = TokenLength(rest);
            if (name == 0 || name == rest.Length || rest[name] != '=')
            {
                return false;
            }

            hasCharset |= rest[..name].Equals("charset", StringComparison.OrdinalIgnoreCase);
            rest = rest[(name + 1)..];
            var value = rest.StartsWith('"') ? QuotedLength(rest) : TokenLength(rest);
            if (value == 0)
            {
                return false;
            }

            rest = rest[value..];
        }

        return true;
    }

    private static int TokenLength(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExcept(TokenCharacters);
        return end < 0 ? text.Length : end;
    }

    /// <summary>quoted-string (RFC 9110 section 5.6.4), less what is no visible ASCII and no space.</summary>
    private static int QuotedLength(ReadOnlySpan<char> text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                return i + 1;
            }

            if (text[i] == '\\')
            {
                i++; // quoted-pair
            }

            if (i == text.Length || text[i] is < ' ' or > '~')
            {
                return 0;
            }
        }

        return 0;
    }
}
