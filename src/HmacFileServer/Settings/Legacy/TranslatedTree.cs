using HmacFileServer.Settings.Legacy.Keys;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Legacy;

/// <summary>Our own tree, made key by key of an old one. Who comes first counts; each key leaves a note.</summary>
internal sealed class TranslatedTree
{
    private readonly List<OldKeyNote> notes = [];

    public TomlTable Content { get; } = new(TomlPosition.Start);

    public IReadOnlyList<OldKeyNote> Notes => [.. notes.OrderBy(note => note.Position.Line)];

    /// <summary>A key that is ours already, or is to be reported as if it were.</summary>
    public void Keep(OldEntry entry)
    {
        if (entry.Table.Length == 0)
        {
            Content.Add(entry.Key, entry.Value, entry.Entry.KeyPosition);
            return;
        }

        Table(entry.Table, entry.Entry.KeyPosition).Add(entry.Key, entry.Value, entry.Entry.KeyPosition);
        Note(entry, Fate.Used, entry.Name, "");
    }

    public bool Has(string to) => Find(to) is not null;

    public TomlValue? Find(string to)
    {
        var parts = to.Split('.');
        foreach (var table in Content.Entries)
        {
            if (KeySpelling.Normalise(table.Key) == KeySpelling.Normalise(parts[0]) && table.Value is TomlTable keys)
            {
                return keys.Entries.FirstOrDefault(
                    key => KeySpelling.Normalise(key.Key) == KeySpelling.Normalise(parts[1])).Value;
            }
        }

        return null;
    }

    /// <summary>Sets one of our keys from a key of the file; null is our default.</summary>
    public void Set(OldEntry entry, string to, TomlValue? value, string? sentence = null)
    {
        if (Has(to))
        {
            Note(entry, Fate.Obsolete, null, $"{to} has its value from another key, which counts");
            return;
        }

        if (value is null)
        {
            Note(entry, Fate.Changed, to, "the default counts: this value has no meaning here");
            return;
        }

        Set(to, value, entry.Entry.KeyPosition);
        Note(entry, entry.Old!.Fate, to, sentence ?? entry.Old.Sentence);
    }

    /// <summary>Sets one of our keys that no key of the file alone stands for.</summary>
    public void Set(string to, TomlValue value, TomlPosition position)
    {
        var parts = to.Split('.');
        if (!Has(to))
        {
            Table(parts[0], position).Add(parts[1], value, position);
        }
    }

    public void Note(OldEntry entry, Fate fate, string? to, string sentence) =>
        notes.Add(new OldKeyNote(entry.Entry.KeyPosition, entry.FullName, fate, to, sentence));

    private TomlTable Table(string name, TomlPosition position)
    {
        foreach (var entry in Content.Entries)
        {
            if (KeySpelling.Normalise(entry.Key) == KeySpelling.Normalise(name))
            {
                return (TomlTable)entry.Value;
            }
        }

        var made = new TomlTable(position);
        Content.Add(name, made, position);
        return made;
    }
}
