using System.Diagnostics.CodeAnalysis;

namespace HmacFileServer.Settings.Toml;

/// <summary>A node of the document, and where in the file it stands.</summary>
internal abstract class TomlValue(TomlPosition position)
{
    /// <summary>
    /// The first character of the value. What a header or a dotted key makes stands where its name first does.
    /// </summary>
    public TomlPosition Position { get; } = position;
}

internal sealed class TomlString(string value, TomlPosition position) : TomlValue(position)
{
    public string Value { get; } = value;
}

internal sealed class TomlInteger(long value, TomlPosition position) : TomlValue(position)
{
    public long Value { get; } = value;
}

internal sealed class TomlFloat(double value, TomlPosition position) : TomlValue(position)
{
    public double Value { get; } = value;
}

internal sealed class TomlBoolean(bool value, TomlPosition position) : TomlValue(position)
{
    public bool Value { get; } = value;
}

/// <summary>A date, a time or both, as RFC 3339 writes it. No setting takes one.</summary>
internal sealed class TomlDateTime(string text, TomlPosition position) : TomlValue(position)
{
    public string Text { get; } = text;
}

/// <summary>A list in brackets, or the tables of one <c>[[header]]</c> in the order of the file.</summary>
internal sealed class TomlArray(TomlPosition position) : TomlValue(position)
{
    private readonly List<TomlValue> items = [];

    public IReadOnlyList<TomlValue> Items => items;

    public void Add(TomlValue item) => items.Add(item);
}

/// <summary>One line of a table: the key as it reads once unquoted, its value, and where the key stands.</summary>
internal readonly record struct TomlEntry(string Key, TomlValue Value, TomlPosition KeyPosition);

/// <summary>Keys in the order of the file, compared character for character.</summary>
internal sealed class TomlTable(TomlPosition position) : TomlValue(position)
{
    private readonly OrderedDictionary<string, TomlEntry> entries = new(StringComparer.Ordinal);

    public IReadOnlyList<TomlEntry> Entries => entries.Values;

    public bool TryGetValue(string key, [NotNullWhen(true)] out TomlValue? value)
    {
        var found = entries.TryGetValue(key, out var entry);
        value = entry.Value;
        return found;
    }

    public bool TryGetEntry(string key, out TomlEntry entry) => entries.TryGetValue(key, out entry);

    public void Add(string key, TomlValue value, TomlPosition keyPosition) =>
        entries.Add(key, new TomlEntry(key, value, keyPosition));
}
