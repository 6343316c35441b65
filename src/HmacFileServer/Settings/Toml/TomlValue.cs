using System.Diagnostics.CodeAnalysis;
using HmacFileServer.Settings.Toml.Reading;

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

internal enum TomlDateTimeKind
{
    OffsetDateTime,
    LocalDateTime,
    LocalDate,
    LocalTime,
}

/// <summary>
/// A date, a time or both, known to exist. <see cref="Text"/> is RFC 3339 with capital <c>T</c> and <c>Z</c> and the
/// fraction as written: .NET's own types can hold neither a leap second nor more than seven digits.
/// </summary>
internal sealed class TomlDateTime(TomlDateTimeKind kind, string text, TomlPosition position) : TomlValue(position)
{
    public TomlDateTimeKind Kind { get; } = kind;

    public string Text { get; } = text;
}

/// <summary>A list in brackets, or the tables of one <c>[[header]]</c> in the order of the file.</summary>
internal sealed class TomlArray(TomlPosition position) : TomlValue(position)
{
    private readonly List<TomlValue> items = [];

    public IReadOnlyList<TomlValue> Items => items;

    /// <summary>Where further headers belong; absent in a bracketed list, which is complete where it ends.</summary>
    public TomlTable? LastOfHeaders { get; private set; }

    public void Add(TomlValue item) => items.Add(item);

    public void AddHeader(TomlTable table)
    {
        items.Add(table);
        LastOfHeaders = table;
    }
}

/// <summary>One line of a table: the key as it reads once unquoted, its value, and where the key stands.</summary>
internal readonly record struct TomlEntry(string Key, TomlValue Value, TomlPosition KeyPosition);

/// <summary>How a table came to be and so who may still add to it (TOML 1.0, "Table", "Inline Table").</summary>
internal enum TomlTableForm
{
    /// <summary>On the way of a longer header: <c>a</c> in <c>[a.b]</c>. May still be defined, once.</summary>
    Passed,

    /// <summary>By its own header. Only longer headers may add tables below it.</summary>
    Header,

    /// <summary>By a dotted key: <c>a</c> in <c>a.b = 1</c>. Takes more dotted keys, but no own header.</summary>
    Dotted,

    /// <summary>In braces. Complete where it ends.</summary>
    Inline,
}

/// <summary>Keys in the order of the file, compared byte for byte.</summary>
internal sealed class TomlTable(TomlTableForm form, int level, TomlPosition position) : TomlValue(position)
{
    private readonly OrderedDictionary<string, TomlEntry> entries = new(StringComparer.Ordinal);

    public IReadOnlyList<TomlEntry> Entries => entries.Values;

    public TomlTableForm Form { get; set; } = form;

    /// <summary>Tables and arrays around this one; the document itself is 0.</summary>
    public int Level { get; } = level;

    public bool TryGetValue(string key, [NotNullWhen(true)] out TomlValue? value)
    {
        var found = entries.TryGetValue(key, out var entry);
        value = entry.Value;
        return found;
    }

    public bool TryGetEntry(string key, out TomlEntry entry) => entries.TryGetValue(key, out entry);

    public void Add(TomlKey key, TomlValue value) =>
        entries.Add(key.Name, new TomlEntry(key.Name, value, key.Position));
}
