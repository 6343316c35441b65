using System.Runtime.InteropServices;

namespace HmacFileServer.Settings.Toml;

/// <summary>Line and column, both from 1. A column is a Unicode character, not a byte.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TomlPosition(int Line, int Column)
{
    public static TomlPosition Start => new(1, 1);

    public override string ToString() => $"{Line}:{Column}";
}

/// <summary>One mistake in the text. The sentence may name keys, but never repeats a value: it may be a secret.</summary>
internal sealed record TomlProblem(TomlPosition Position, string Sentence);

/// <summary>The text is not TOML 1.1, or beyond a limit of <see cref="TomlDocument"/>.</summary>
/// <param name="problems">In the order of the file, at least one.</param>
internal sealed class TomlException(IReadOnlyList<TomlProblem> problems)
    : Exception(string.Join('\n', problems.Select(problem => $"{problem.Position}  {problem.Sentence}")))
{
    public TomlException(TomlPosition position, string sentence)
        : this([new TomlProblem(position, sentence)])
    {
    }

    public IReadOnlyList<TomlProblem> Problems { get; } = problems;
}
