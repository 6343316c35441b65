using System.Buffers;
using System.Globalization;
using System.Text;

namespace HmacFileServer.Settings.Toml.Reading;

/// <summary>The four kinds of text: <c>"basic"</c>, <c>'literal'</c>, and each in three quotes over lines.</summary>
internal static class TomlStrings
{
    // Where text in double or single quotes cannot simply go on: its own syntax, or a control character but the tab.
    private static readonly SearchValues<byte> BasicStops = SearchValues.Create([.. Controls(), .. "\"\\"u8]);
    private static readonly SearchValues<byte> LiteralStops = SearchValues.Create([.. Controls(), .. "'"u8]);
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789ABCDEFabcdef"u8);

    public static string Read(ref TomlCursor cursor) =>
        cursor.Rest.StartsWith("\"\"\""u8) || cursor.Rest.StartsWith("'''"u8)
            ? ReadLines(ref cursor)
            : ReadOnOneLine(ref cursor);

    /// <summary>Text in one quote on each side, as values and keys have it.</summary>
    public static string ReadOnOneLine(ref TomlCursor cursor)
    {
        var opening = cursor.Locate();
        var quote = (char)cursor.Peek;
        var text = new StringBuilder();

        cursor.Skip(1);
        while (true)
        {
            AppendPlain(ref cursor, quote, text);
            if (cursor.TryTake(quote))
            {
                return text.ToString();
            }

            if (cursor.Peek is TomlCursor.End or '\n' or '\r')
            {
                throw new TomlException("The text that begins here has no closing quote on its line.", opening);
            }

            ReadEscape(ref cursor, text);
        }
    }

    private static string ReadLines(ref TomlCursor cursor)
    {
        var opening = cursor.Locate();
        var quote = (char)cursor.Peek;
        var text = new StringBuilder();

        cursor.Skip(3);
        cursor.TryTakeNewline(); // directly after the opening quotes it is layout, not text
        while (true)
        {
            AppendPlain(ref cursor, quote, text);
            if (cursor.Peek == TomlCursor.End)
            {
                throw new TomlException("The text that begins here has no closing three quotes.", opening);
            }

            if (cursor.Peek == quote)
            {
                if (IsClosedByQuotes(ref cursor, quote, text))
                {
                    return text.ToString();
                }
            }
            else if (cursor.TryTakeNewline())
            {
                text.Append('\n'); // CR LF too: the value must not depend on the editor that saved the file
            }
            else if (!TrySkipFold(ref cursor))
            {
                ReadEscape(ref cursor, text);
            }
        }
    }

    private static void AppendPlain(ref TomlCursor cursor, char quote, StringBuilder text) =>
        text.Append(Encoding.UTF8.GetString(cursor.TakeUntil(quote == '"' ? BasicStops : LiteralStops)));

    /// <summary>Up to two quotes are text, also in front of the closing three.</summary>
    private static bool IsClosedByQuotes(ref TomlCursor cursor, char quote, StringBuilder text)
    {
        const int Closing = 3;
        var quotes = 0;
        while (quotes < Closing + 2 && cursor.TryTake(quote))
        {
            quotes++;
        }

        text.Append(quote, quotes < Closing ? quotes : quotes - Closing);
        return quotes >= Closing;
    }

    /// <summary>A backslash as the last thing on its line swallows all space up to the next character.</summary>
    private static bool TrySkipFold(ref TomlCursor cursor)
    {
        if (cursor.Peek != '\\')
        {
            return false;
        }

        var afterSlash = cursor.Rest[1..];
        var space = afterSlash.IndexOfAnyExcept((byte)' ', (byte)'\t');
        if (space < 0 || afterSlash[space] is not ((byte)'\n' or (byte)'\r'))
        {
            return false;
        }

        cursor.Skip(1);
        do
        {
            cursor.SkipSpace();
        }
        while (cursor.TryTakeNewline());
        return true;
    }

    private static void ReadEscape(ref TomlCursor cursor, StringBuilder text)
    {
        if (cursor.Peek != '\\')
        {
            throw cursor.Error($"Text cannot contain the control character U+{cursor.Peek:X4} unescaped.");
        }

        int escaped = cursor.Rest is [_, var octet, ..] ? octet : TomlCursor.End;
        if (escaped is 'u' or 'U')
        {
            ReadScalar(ref cursor, escaped == 'u' ? 4 : 8, text);
            return;
        }

        text.Append(escaped switch
        {
            'b' => '\b',
            't' => '\t',
            'n' => '\n',
            'f' => '\f',
            'r' => '\r',
            '"' => '"',
            '\\' => '\\',
            _ => throw cursor.Error("A backslash in text must be doubled, or begin \\b \\t \\n \\f \\r \\\" \\u \\U."),
        });
        cursor.Skip(2);
    }

    private static void ReadScalar(ref TomlCursor cursor, int digits, StringBuilder text)
    {
        // The digits are checked first because .NET's parser takes a NUL after them.
        var rest = cursor.Rest[2..];
        if (rest.Length < digits || rest[..digits].ContainsAnyExcept(HexDigits))
        {
            throw cursor.Error($"This escape needs {digits} hexadecimal digits.");
        }

        var scalar = uint.Parse(rest[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (!Rune.TryCreate(scalar, out var rune))
        {
            throw cursor.Error("This escape is not a Unicode character.");
        }

        text.Append(rune.ToString());
        cursor.Skip(2 + digits);
    }

    private static IEnumerable<byte> Controls() =>
        Enumerable.Range(0, 0x20).Append(0x7F).Where(code => code != '\t').Select(code => (byte)code);
}
