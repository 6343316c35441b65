using System.Text.Unicode;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace HmacFileServer.Settings.Toml;

/// <summary>
/// Reads TOML 1.1 (toml.io/en/v1.1.0) with Tomlyn. Here are the limits, and what Tomlyn leaves to its callers: bytes
/// that are not UTF-8, and the place where nesting goes too deep.
/// </summary>
internal static class TomlDocument
{
    public const int MaxBytes = 1_048_576;

    /// <summary>Tables and arrays inside one another, however written. Bounds the recursion of any walk.</summary>
    public const int MaxDepth = 64;

    /// <exception cref="TomlException">Every mistake that was found.</exception>
    public static TomlTable Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxBytes)
        {
            throw new TomlException(TomlPosition.Start, $"The file is larger than {MaxBytes:N0} bytes.");
        }

        var text = Decode(utf8);
        var document = Parse(text);
        return document.HasErrors
            ? throw new TomlException(TomlynMessages.Translate(document.Diagnostics))
            : new TomlTree().Build(document);
    }

    public static TomlException TooDeep(TomlPosition position) =>
        new(position, $"Tables and arrays are nested more than {MaxDepth} levels deep.");

    private static DocumentSyntax Parse(string text)
    {
        var options = new TomlSerializerOptions { MaxDepth = MaxDepth + 1 }; // the document is a level there
        try
        {
            return SyntaxParser.Parse(text, options, validate: false);
        }
        catch (Tomlyn.TomlException)
        {
            throw TooDeep(FirstBeyondDepth(text)); // the one thing that it says by throwing, and without a place
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new TomlException(EndOf(text), TomlynMessages.NotEscaped); // it trips over an escape cut short there
        }
    }

    /// <summary>Tomlyn's other parser, which does not recurse, tells where it stands.</summary>
    private static TomlPosition FirstBeyondDepth(string text)
    {
        var parser = TomlParser.Create(
            text,
            new TomlParserOptions { Mode = TomlParserMode.Tolerant },
            new TomlSerializerOptions { MaxDepth = int.MaxValue });
        while (parser.Depth <= MaxDepth + 1 && parser.MoveNext())
        {
        }

        return parser.Current.Line > 0
            ? new TomlPosition(parser.Current.Line, parser.Current.Column)
            : TomlPosition.Start; // a mistake before it made that parser give up
    }

    private static string Decode(ReadOnlySpan<byte> utf8)
    {
        var buffer = new char[utf8.Length];
        Utf8.ToUtf16(utf8, buffer, out _, out var written, replaceInvalidSequences: false);
        var text = buffer.AsSpan(0, written);
        if (System.Text.Encoding.UTF8.GetByteCount(text) == utf8.Length)
        {
            return text.ToString();
        }

        throw new TomlException(EndOf(text), "The file is not valid UTF-8 here.");
    }

    private static TomlPosition EndOf(ReadOnlySpan<char> text)
    {
        var column = 1;
        foreach (var _ in text[(text.LastIndexOf('\n') + 1)..].EnumerateRunes())
        {
            column++;
        }

        return new TomlPosition(text.Count('\n') + 1, column);
    }
}
