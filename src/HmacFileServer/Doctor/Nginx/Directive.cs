using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Nginx;

/// <summary>A file of the configuration, kept to quote its lines and to say what they become.</summary>
internal sealed class SourceText(string file, string text)
{
    public string File { get; } = file;

    public string Text { get; } = text;

    /// <summary>The whole line around an offset, without its end.</summary>
    public (int Start, int End) LineAround(int offset)
    {
        var start = offset == 0 ? 0 : Text.LastIndexOf('\n', offset - 1) + 1;
        var end = Text.IndexOf('\n', offset);
        return (start, end < 0 ? Text.Length : end);
    }
}

/// <summary>
/// One directive with its arguments and, if it opens a block, what is in it (its includes already put in place).
/// </summary>
/// <param name="Start">Of its name in the text.</param>
/// <param name="End">Behind its ";" or its "{".</param>
internal sealed record Directive(
    string Name, IReadOnlyList<string> Arguments, SourceText Source, int Line, int Start, int End)
{
    private const string Step = "    ";

    /// <summary>Null for a directive that ends in ";".</summary>
    public List<Directive>? Block { get; init; }

    public Place Place => new(Source.File, Line);

    public string Argument => Arguments.Count > 0 ? Arguments[0] : "";

    public bool Is(string name, string argument) => Name == name && Argument == argument;

    public IEnumerable<Directive> Named(string name) => Block?.Where(inner => inner.Name == name) ?? [];

    public override string ToString() => string.Join(' ', [Name, .. Arguments]);

    /// <summary>This directive in other words; what else stands on its line stays.</summary>
    public Edit Become(string text)
    {
        var (start, end) = Source.LineAround(Start);
        return Edit.Within(Place, Source.Text[start..end], Start - start, Math.Min(End, end) - start, text);
    }

    /// <summary>This directive out of the way: a comment where it ends its line, gone where more follows.</summary>
    public Edit Disable() =>
        Source.Text[Math.Min(End, Source.Text.Length)..Source.LineAround(End - 1).End].Trim().Length == 0
            ? Become($"# {this};")
            : Become("");

    /// <summary>One more directive, the first in this block.</summary>
    public Edit Begin(string text) => Behind(text, Step);

    /// <summary>One more directive, after this one.</summary>
    public Edit Follow(string text) => Behind(text, "");

    private Edit Behind(string text, string step)
    {
        var (start, end) = Source.LineAround(End - 1);
        var line = Source.Text[start..end];
        var last = new Place(Source.File, Line + Source.Text.AsSpan(Start, End - Start).Count('\n'));
        var rest = line[(End - start)..];
        return rest.TrimStart() is "" or ['#', ..]
            ? new Edit(last, EditKind.AddBelow, line[..(line.Length - line.TrimStart().Length)] + step + text)
            : Edit.Within(last, line, End - start, End - start, char.IsWhiteSpace(rest[0]) ? $" {text}" : $" {text} ");
    }
}
