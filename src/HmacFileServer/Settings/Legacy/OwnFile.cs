using System.Globalization;
using System.Text;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Settings.Legacy.Keys;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Legacy;

/// <summary>
/// Writes an old configuration down as one of ours: each key with where it came from, then those that were left out.
/// </summary>
internal static class OwnFile
{
    private const int MaxComment = 118;

    public static string Write(OldFile old, string path)
    {
        var text = new StringBuilder();
        Comment(text, $"Made by \"hmac-file-server migrate config\" from {Path.GetFileName(path)}, "
            + $"a file of {old.Program}.");
        Comment(text, "Every key there is, with its default: config/config.toml.");
        foreach (var entry in old.Content.Entries)
        {
            if (entry.Value is TomlTable table)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n[{Key(entry.Key)}]\n");
                Table(text, entry.Key, table, old);
            }
        }

        text.Append("\n# Left out:\n");
        foreach (var line in OldFileReport.Lines([.. old.Notes.Where(note => !IsWritten(note, old))]))
        {
            Comment(text, line.Trim());
        }

        return text.ToString();
    }

    private static void Table(StringBuilder text, string name, TomlTable table, OldFile old)
    {
        foreach (var (key, value, _) in table.Entries)
        {
            var full = $"{name}.{key}";
            var notes = old.Notes.Where(note => note.To is { } to && IsSame(to, full)).ToArray();
            if (notes.Length == 0)
            {
                Comment(text, "No key of the old file: what the old server did without being told.");
            }

            foreach (var note in notes.Where(note => note.Fate == Fate.Changed || !IsSame(note.Key, full)))
            {
                Comment(text, $"Was {note.Key}{(note.Sentence.Length > 0 ? ": " + note.Sentence : "")}");
            }

            text.Append(CultureInfo.InvariantCulture, $"{Key(key)} = {Value(value)}\n");
        }
    }

    /// <summary>Whether one of our keys has the value, and with it a comment.</summary>
    private static bool IsWritten(OldKeyNote note, OldFile old) => note.To is { } to && old.Content.Entries.Any(table =>
        table.Value is TomlTable keys && keys.Entries.Any(key => IsSame(to, $"{table.Key}.{key.Key}")));

    private static bool IsSame(string one, string other) => KeySpelling.Normalise(one) == KeySpelling.Normalise(other);

    private static void Comment(StringBuilder text, string sentence)
    {
        var line = "#";
        foreach (var word in sentence.Split(' '))
        {
            if (line.Length + 1 + word.Length > MaxComment)
            {
                text.Append(line).Append('\n');
                line = "#  ";
            }

            line += " " + word;
        }

        text.Append(line).Append('\n');
    }

    private static string Value(TomlValue value) => value switch
    {
        TomlString text => Quoted(text.Value),
        TomlInteger number => number.Value.ToString(CultureInfo.InvariantCulture),
        TomlFloat number => number.Value.ToString("R", CultureInfo.InvariantCulture),
        TomlBoolean flag => flag.Value ? "true" : "false",
        TomlDateTime time => time.Text,
        TomlArray list => $"[{string.Join(", ", list.Items.Select(Value))}]",
        TomlTable table =>
            $"{{ {string.Join(", ", table.Entries.Select(entry => $"{Key(entry.Key)} = {Value(entry.Value)}"))} }}",
        _ => throw new InvalidOperationException(),
    };

    private static string Key(string key) =>
        key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? key : Quoted(key);

    /// <summary>A basic string of TOML: quotation mark, backslash and control characters escaped.</summary>
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in text)
        {
            _ = character switch
            {
                '"' or '\\' => quoted.Append('\\').Append(character),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}"),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append('"').ToString();
    }
}
