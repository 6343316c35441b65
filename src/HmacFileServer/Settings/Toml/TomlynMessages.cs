using Tomlyn.Syntax;

namespace HmacFileServer.Settings.Toml;

/// <summary>
/// What Tomlyn says, in sentences for the operator. Its own quote what stands in the file, and that may be a secret:
/// nothing of them is passed on.
/// </summary>
internal static class TomlynMessages
{
    public const int MostProblems = 20;

    public const string TooLarge = "The integer does not fit in 64 bits.";

    public const string NotEscaped =
        "A backslash in text must be doubled, or begin \\b \\t \\n \\e \\f \\r \\\" \\x41 \\u0041 \\U00000041.";

    private const string NotAKey = "Expected a key here.";
    private const string NotADate = "A date is written as in 1979-05-27, a time as in 07:32:00, both as RFC 3339 has it.";
    private const string NotANumber = "This is not a number as TOML writes it; text must stand in quotes.";
    private const string NotClosed = "The text that ends here has no closing quote.";

    /// <summary>How its messages begin, the more special ones first.</summary>
    private static readonly (string Start, string Sentence)[] Sentences =
    [
        ("Expecting `=` after a key", "Expected '=' after the key."),
        ("Unexpected token end-of-line found while expecting a value", "Expected a value before the end of the line."),
        ("Unexpected token [", NotAKey),
        ("Missing a `,`", "Expected ',' or ']' in the array."),
        ("Invalid \\r", "A carriage return must be followed by a line feed."),
        ("Invalid control character", "This control character is not allowed; in text, write an escape such as \\u0007."),
        ("Invalid newline in a string", "The text has no closing quote on its line."),
        ("Invalid End-Of-File", NotClosed),
        ("Invalid escape", NotEscaped),
        ("Unexpected escape", NotEscaped),
        ("Invalid Unicode scalar", "This escape is not a Unicode character."),
        ("Unable to parse the date", "This date or time does not exist."),
        ("Invalid format of date", NotADate),
        ("Unable to parse integer", TooLarge),
        ("Invalid size of", TooLarge),
        ("Multiple leading 0", "A number cannot begin with a zero."),
        ("Unexpected leading zero", "A number cannot begin with a zero."),
        ("An underscore", NotANumber),
        ("Missing a digit", NotANumber),
        ("Expecting at least one digit", NotANumber),
        ("Invalid", NotANumber),
        ("Unable to parse floating point", NotANumber),
    ];

    /// <summary>Those that name what they found in the middle, by how they end.</summary>
    private static readonly (string End, string Sentence)[] Endings =
    [
        ("` for a value", "This is no value; text must stand in quotes."),
        ("` for a base key", NotAKey),
        ("while expecting token `newline`", "Expected the end of the line here; text must stand in quotes."),
        ("while expecting `]` (token: `closebracket`)", "Expected ']' to close the header."),
        ("while expecting `]]` (token: `closebracketdouble`)", "Expected ']]' to close the header."),
        ("Expecting a closing `]` for an array", "The array that begins on this line has no closing ']'."),
    ];

    /// <summary>The first mistake of each line, in the order of the file: the others mostly follow from it.</summary>
    public static IReadOnlyList<TomlProblem> Translate(IEnumerable<DiagnosticMessage> messages)
    {
        TomlProblem[] problems =
        [
            .. messages
                .Where(message => message.Kind == DiagnosticMessageKind.Error)
                .GroupBy(message => message.Span.Start.Line)
                .Select(line => line.MinBy(message => message.Span.Start.Column)!)
                .OrderBy(message => message.Span.Start.Line)
                .Take(MostProblems + 1)
                .Select(message => new TomlProblem(PositionOf(message.Span.Start), Sentence(message.Message))),
        ];
        if (problems.Length > MostProblems)
        {
            problems[MostProblems] = problems[MostProblems] with { Sentence = "There are more mistakes from here on." };
        }

        return problems;
    }

    /// <summary>Tomlyn counts from 0.</summary>
    public static TomlPosition PositionOf(TextPosition position) => new(position.Line + 1, position.Column + 1);

    private static string Sentence(string message)
    {
        if (message.Contains(" while parsing inline table. ", StringComparison.Ordinal))
        {
            return "Expected a key or '}' in the inline table.";
        }

        return Sentences.FirstOrDefault(known => message.StartsWith(known.Start, StringComparison.Ordinal)).Sentence
            ?? Endings.FirstOrDefault(known => message.EndsWith(known.End, StringComparison.Ordinal)).Sentence
            ?? "This is not as TOML writes it.";
    }
}
