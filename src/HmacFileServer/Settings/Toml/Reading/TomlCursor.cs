using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace HmacFileServer.Settings.Toml.Reading;

/// <summary>
/// The place in the text up to which all is read. It only moves forward, so line and column are counted along the way
/// and every byte is counted once, however many positions are asked for.
/// </summary>
internal ref struct TomlCursor
{
    /// <summary>What <see cref="Peek"/> gives after the last byte.</summary>
    public const int End = -1;

    private static readonly SearchValues<byte> WordBytes = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-._:"u8);

    // All of U+0000 to U+001F but the tab, and U+007F: TOML 1.0 allows them nowhere, except LF and CR LF as line ends.
    private static readonly SearchValues<byte> ControlBytes = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, .. "\n\v\f\r"u8,
        14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    private readonly ReadOnlySpan<byte> text;
    private int offset;
    private int located;
    private int line = 1;
    private int column = 1;

    private TomlCursor(ReadOnlySpan<byte> text) => this.text = text;

    /// <exception cref="TomlException">Not UTF-8; the position is that of the first broken character.</exception>
    public static TomlCursor Over(ReadOnlySpan<byte> utf8)
    {
        // Windows editors begin UTF-8 with U+FEFF. It is no part of the first line.
        var cursor = new TomlCursor(utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8);
        if (Utf8.IsValid(utf8))
        {
            return cursor;
        }

        while (Rune.DecodeFromUtf8(cursor.Rest, out _, out var length) == OperationStatus.Done)
        {
            cursor.Skip(length);
        }

        throw cursor.Error("The file is not valid UTF-8 here.");
    }

    public readonly ReadOnlySpan<byte> Rest => text[offset..];

    /// <summary>The next byte, or <see cref="End"/>.</summary>
    public readonly int Peek => offset < text.Length ? text[offset] : End;

    public TomlPosition Locate()
    {
        foreach (var octet in text[located..offset])
        {
            if (octet == '\n')
            {
                line++;
                column = 1;
            }
            else if ((octet & 0xC0) != 0x80) // RFC 3629: 10xxxxxx continues a character
            {
                column++;
            }
        }

        located = offset;
        return new TomlPosition(line, column);
    }

    public void Skip(int bytes) => offset += bytes;

    public bool TryTake(char ascii)
    {
        if (Peek != ascii)
        {
            return false;
        }

        offset++;
        return true;
    }

    public void Expect(char ascii, string purpose)
    {
        if (!TryTake(ascii))
        {
            throw Unexpected($"'{ascii}' {purpose}");
        }
    }

    /// <summary>Everything before the first of these bytes, or to the end.</summary>
    public ReadOnlySpan<byte> TakeUntil(SearchValues<byte> stops) => Take(Rest.IndexOfAny(stops));

    /// <summary>Everything made of these bytes; possibly nothing.</summary>
    public ReadOnlySpan<byte> TakeWhile(SearchValues<byte> members) => Take(Rest.IndexOfAnyExcept(members));

    /// <summary>The characters of which numbers, dates, <c>true</c> and <c>false</c> are made.</summary>
    public ReadOnlySpan<byte> TakeWord() => TakeWhile(WordBytes);

    public void SkipSpace()
    {
        while (Peek is ' ' or '\t')
        {
            offset++;
        }
    }

    /// <summary>LF or CR LF. A CR alone ends no line and may stand nowhere.</summary>
    public bool TryTakeNewline()
    {
        if (Peek == '\r' && !Rest.StartsWith("\r\n"u8))
        {
            throw Error("A carriage return must be followed by a line feed.");
        }

        TryTake('\r');
        return TryTake('\n');
    }

    public void SkipBlankLines()
    {
        do
        {
            SkipSpace();
            SkipComment();
        }
        while (TryTakeNewline());
    }

    public void EndLine()
    {
        SkipSpace();
        SkipComment();
        if (!TryTakeNewline() && Peek != End)
        {
            throw Unexpected("the end of the line");
        }
    }

    public TomlException Unexpected(string wanted) => Error($"Expected {wanted}, but found {Describe(Peek)}.");

    public TomlException Error(string message) => new(message, Locate());

    private void SkipComment()
    {
        if (Peek != '#')
        {
            return;
        }

        TakeUntil(ControlBytes);
        if (Peek is not (End or '\n' or '\r'))
        {
            throw Error($"A comment cannot contain {Describe(Peek)}.");
        }
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        var taken = length < 0 ? Rest : Rest[..length];
        offset += taken.Length;
        return taken;
    }

    private readonly string Describe(int octet) => octet switch
    {
        End => "the end of the file",
        '\n' or '\r' => "the end of the line",
        > ' ' and < 0x7F => $"'{(char)octet}'",
        ' ' => "a space",
        _ => $"the character U+{FirstScalar():X4}",
    };

    private readonly int FirstScalar()
    {
        Rune.DecodeFromUtf8(Rest, out var rune, out _);
        return rune.Value;
    }
}
