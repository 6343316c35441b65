using System.Runtime.InteropServices;

namespace HmacFileServer.Settings.Toml;

/// <summary>One name of a dotted key, unquoted, and where it stands.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TomlKey(string Name, TomlPosition Position);

/// <summary>
/// Which tables headers and dotted keys make, and which they may return to: each table is defined once, in one place
/// (TOML 1.1, "Keys", "Table", "Inline Table", "Array of Tables"). Tomlyn's own check of that compares hashes for
/// keys and quotes whole tables (docs/decisions/0002).
/// </summary>
internal sealed class TomlTables
{
    /// <summary>How a table came to be and so who may still add to it.</summary>
    private enum Form
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

    private readonly Dictionary<TomlTable, Form> forms = [];
    private readonly HashSet<TomlArray> ofHeaders = [];

    public TomlTable Inline(TomlPosition position) => New(Form.Inline, position);

    /// <summary><c>[a.b]</c>: the table <c>b</c>, which no header or dotted key has defined yet.</summary>
    public (TomlTable Table, int Level) Define(TomlTable root, TomlKey[] path)
    {
        var (parent, level) = Follow(root, path[..^1]);
        var name = path[^1];
        level = Deeper(level, 1, name.Position);
        if (!parent.TryGetEntry(name.Name, out var entry))
        {
            return (Add(parent, name, New(Form.Header, name.Position)), level);
        }

        if (entry.Value is not TomlTable table || forms[table] != Form.Passed)
        {
            throw Taken(name, entry);
        }

        forms[table] = Form.Header;
        return (table, level);
    }

    /// <summary><c>[[a.b]]</c>: a further table at the end of the array <c>b</c> of such headers.</summary>
    public (TomlTable Table, int Level) Append(TomlTable root, TomlKey[] path)
    {
        var (parent, level) = Follow(root, path[..^1]);
        var name = path[^1];
        level = Deeper(level, 2, name.Position); // the array is a level, too
        if (!parent.TryGetEntry(name.Name, out var entry))
        {
            var made = Add(parent, name, new TomlArray(name.Position));
            ofHeaders.Add(made);
            entry = new TomlEntry(name.Name, made, name.Position);
        }

        if (entry.Value is not TomlArray array || !ofHeaders.Contains(array))
        {
            throw Taken(name, entry);
        }

        var table = New(Form.Header, name.Position);
        array.Add(table);
        return (table, level);
    }

    /// <summary><c>a.b.c = 1</c>: the table <c>a.b</c> below this one, in which <c>c</c> is still free.</summary>
    public (TomlTable Table, int Level) ForValue(TomlTable table, TomlKey[] path, int level)
    {
        foreach (var name in path[..^1])
        {
            level = Deeper(level, 1, name.Position);
            table = table.TryGetEntry(name.Name, out var entry)
                ? Reopen(name, entry)
                : Add(table, name, New(Form.Dotted, name.Position));
        }

        return table.TryGetEntry(path[^1].Name, out var taken) ? throw Taken(path[^1], taken) : (table, level);
    }

    public static int Deeper(int level, int levels, TomlPosition position) =>
        level + levels > TomlDocument.MaxDepth ? throw TomlDocument.TooDeep(position) : level + levels;

    /// <summary>The table in which the last name of a header belongs; what is missing on the way is made.</summary>
    private (TomlTable Table, int Level) Follow(TomlTable table, TomlKey[] path)
    {
        var level = 0;
        foreach (var name in path)
        {
            var (next, levels) = !table.TryGetEntry(name.Name, out var entry)
                ? (Add(table, name, New(Form.Passed, name.Position)), 1)
                : entry.Value switch
                {
                    TomlTable found when forms[found] != Form.Inline => (found, 1),
                    TomlArray array when ofHeaders.Contains(array) => ((TomlTable)array.Items[^1], 2),
                    _ => throw Closed(name, entry),
                };
            (table, level) = (next, Deeper(level, levels, name.Position));
        }

        return (table, level);
    }

    private TomlTable Reopen(TomlKey name, TomlEntry entry)
    {
        if (entry.Value is not TomlTable table || forms[table] is not (Form.Dotted or Form.Passed))
        {
            throw Closed(name, entry);
        }

        forms[table] = Form.Dotted;
        return table;
    }

    private TomlTable New(Form form, TomlPosition position)
    {
        var table = new TomlTable(position);
        forms.Add(table, form);
        return table;
    }

    private static T Add<T>(TomlTable parent, TomlKey name, T value)
        where T : TomlValue
    {
        parent.Add(name.Name, value, name.Position);
        return value;
    }

    private static TomlException Taken(TomlKey name, TomlEntry entry) =>
        new(name.Position, $"{Show(name.Name)} is already defined on line {entry.KeyPosition.Line}.");

    private static TomlException Closed(TomlKey name, TomlEntry entry) => new(
        name.Position,
        entry.Value is TomlTable or TomlArray
            ? $"{Show(name.Name)} is already complete, from line {entry.KeyPosition.Line}, and takes no more keys here."
            : $"{Show(name.Name)} is a value, set on line {entry.KeyPosition.Line}, and has no keys of its own.");

    /// <summary>The name as one printable word: a quoted key can be long and contain line ends.</summary>
    private static string Show(string name)
    {
        const int Longest = 40;
        var shown = name.Length <= Longest ? name : $"{name[..Longest]}…";
        return $"'{string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c))}'";
    }
}
