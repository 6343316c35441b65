using System.Globalization;
using HmacFileServer.Settings.Legacy.Keys;
using HmacFileServer.Settings.Sources;

namespace HmacFileServer.Settings.Legacy;

/// <summary>What an old file means here, for the log of a start and for <c>check</c>.</summary>
internal static class OldFileReport
{
    /// <summary>
    /// What is not as it was: first what changed, then what has no effect, the keys of one reason together.
    /// </summary>
    public static IReadOnlyList<string> Lines(OldFile old) => Lines(old.Notes);

    public static IReadOnlyList<string> Lines(IReadOnlyList<OldKeyNote> notes) =>
    [
        .. notes.Where(note => note is { Fate: Fate.Changed, Sentence.Length: > 0 })
            .Select(note => $"  changed   {At(note)}: {note.Sentence}"),
        .. Grouped(notes, Fate.Obsolete, "no effect"),
        .. Grouped(notes, Fate.Unknown, "unknown  "),
    ];

    /// <summary>Every key with its fate.</summary>
    public static IReadOnlyList<string> AllLines(OldFile old) =>
    [
        .. old.Notes.Select(note =>
            $"  {Word(note.Fate),-9} {At(note)}{Arrow(note)}{(note.Sentence.Length > 0 ? ": " : "")}{note.Sentence}"),
    ];

    private static IEnumerable<string> Grouped(IReadOnlyList<OldKeyNote> notes, Fate fate, string word) => notes
        .Where(note => note.Fate == fate)
        .GroupBy(note => note.Sentence)
        .Select(group => $"  {word} {string.Join(", ", group.Select(At))}: {group.Key}");

    private static string Word(Fate fate) => fate.ToString().ToLowerInvariant();

    private static string At(OldKeyNote note) =>
        string.Create(CultureInfo.InvariantCulture, $"{note.Key} (line {note.Position.Line})");

    private static string Arrow(OldKeyNote note) =>
        note.To is null || KeySpelling.Normalise(note.To) == KeySpelling.Normalise(note.Key) ? "" : $" -> {note.To}";
}
