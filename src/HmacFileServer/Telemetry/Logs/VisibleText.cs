using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace HmacFileServer.Telemetry.Logs;

/// <summary>
/// Makes text of strangers harmless where it leaves the program: in the log, the audit log and on the terminal. Control
/// characters, line separators, marks that turn the reading direction, invisible characters and lone surrogates become
/// <c>\uXXXX</c>, which is valid in JSON, too. Everything else stays as it is.
/// </summary>
internal static class VisibleText
{
    private const int MaxExcerpt = 200;

    // Invisible as well, but Persian words and emoji of several people need them; they turn and move nothing.
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    // Letters and marks that show nothing (Unicode's Default_Ignorable_Code_Point), and the empty Braille cell.
    private static readonly FrozenSet<int> Blanks = FrozenSet.ToFrozenSet(
        [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0]);

    private static readonly string Printable = string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c));
    private static readonly SearchValues<char> InLine = SearchValues.Create(Printable);
    private static readonly SearchValues<char> InLines = SearchValues.Create(Printable + "\n\t");

    /// <summary>For a single value: what would begin a new line is escaped, too.</summary>
    public static string Line(string text) => Escape(text, InLine);

    /// <summary>For text of our own, which may have several lines.</summary>
    public static string Lines(string text) => Escape(text, InLines);

    /// <summary>Whether nothing in it would be escaped.</summary>
    public static bool IsPlain(string text) => ReferenceEquals(Line(text), text);

    /// <summary>
    /// For a value that nobody has vouched for, such as the key of a refused request: without credentials, and not
    /// longer than a line of the log can bear.
    /// </summary>
    public static string Excerpt(string text)
    {
        var hidden = Credentials.Hide(text);
        if (hidden.Length <= MaxExcerpt)
        {
            return hidden;
        }

        var end = char.IsHighSurrogate(hidden[MaxExcerpt - 1]) ? MaxExcerpt - 1 : MaxExcerpt;
        return string.Create(CultureInfo.InvariantCulture, $"{hidden.AsSpan(0, end)}… ({text.Length} characters)");
    }

    private static string Escape(string text, SearchValues<char> plain)
    {
        StringBuilder? visible = null;
        var copied = 0;
        for (var at = Next(text, 0, plain); at < text.Length;)
        {
            var isRune = Rune.TryGetRuneAt(text, at, out var rune);
            var end = at + (isRune ? rune.Utf16SequenceLength : 1);
            if (!isRune || IsHidden(rune))
            {
                visible ??= new StringBuilder(text.Length + 32);
                visible.Append(text, copied, at - copied);
                for (; at < end; at++)
                {
                    visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at]:X4}");
                }

                copied = end;
            }

            at = Next(text, end, plain);
        }

        return visible is null ? text : visible.Append(text, copied, text.Length - copied).ToString();
    }

    private static int Next(string text, int from, SearchValues<char> plain) =>
        text.AsSpan(from).IndexOfAnyExcept(plain) is >= 0 and var distance ? from + distance : text.Length;

    private static bool IsHidden(Rune rune) => rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner)
        && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format
        || Blanks.Contains(rune.Value);
}
