namespace HmacFileServer.Settings.Toml.Reading;

/// <summary>
/// Which tables headers and dotted keys make, and which they may return to: each table is defined once, in one place
/// (TOML 1.0, "Keys", "Table", "Inline Table", "Array of Tables").
/// </summary>
internal static class TomlTables
{
    private const int LongestShownName = 40;

    /// <summary><c>[a.b]</c>: the table <c>b</c>, which no header or dotted key has defined yet.</summary>
    public static TomlTable Define(TomlTable document, List<TomlKey> path)
    {
        var (parent, name) = (Follow(document, path), path[^1]);
        if (!parent.TryGetEntry(name.Name, out var entry))
        {
            return AddTable(parent, name, TomlTableForm.Header);
        }

        if (entry.Value is not TomlTable { Form: TomlTableForm.Passed } passed)
        {
            throw Taken(name, entry);
        }

        passed.Form = TomlTableForm.Header;
        return passed;
    }

    /// <summary><c>[[a.b]]</c>: a further table at the end of the array <c>b</c> of such headers.</summary>
    public static TomlTable Append(TomlTable document, List<TomlKey> path)
    {
        var (parent, name) = (Follow(document, path), path[^1]);
        if (!parent.TryGetEntry(name.Name, out var entry))
        {
            entry = new TomlEntry(name.Name, new TomlArray(name.Position), name.Position);
            parent.Add(name, entry.Value);
        }
        else if (entry.Value is not TomlArray { LastOfHeaders: not null })
        {
            throw Taken(name, entry);
        }

        var table = NewTable(TomlTableForm.Header, parent.Level + 2, name); // the array is a level, too
        ((TomlArray)entry.Value).AddHeader(table);
        return table;
    }

    /// <summary><c>a.b.c = 1</c>: the table <c>a.b</c> below this one, in which <c>c</c> is still free.</summary>
    public static TomlTable ForValue(TomlTable table, List<TomlKey> path)
    {
        foreach (var name in path[..^1])
        {
            table = table.TryGetEntry(name.Name, out var entry)
                ? Reopen(name, entry)
                : AddTable(table, name, TomlTableForm.Dotted);
        }

        return table.TryGetEntry(path[^1].Name, out var taken) ? throw Taken(path[^1], taken) : table;
    }

    /// <summary>The table in which the last name of a header belongs; what is missing on the way is made.</summary>
    private static TomlTable Follow(TomlTable table, List<TomlKey> path)
    {
        foreach (var name in path[..^1])
        {
            table = table.TryGetEntry(name.Name, out var entry)
                ? Enter(name, entry)
                : AddTable(table, name, TomlTableForm.Passed);
        }

        return table;
    }

    private static TomlTable Enter(TomlKey name, TomlEntry entry) => entry.Value switch
    {
        TomlTable { Form: not TomlTableForm.Inline } table => table,
        TomlArray { LastOfHeaders: { } last } => last,
        _ => throw Closed(name, entry),
    };

    private static TomlTable Reopen(TomlKey name, TomlEntry entry)
    {
        if (entry.Value is not TomlTable { Form: TomlTableForm.Dotted or TomlTableForm.Passed } table)
        {
            throw Closed(name, entry);
        }

        table.Form = TomlTableForm.Dotted;
        return table;
    }

    private static TomlTable AddTable(TomlTable parent, TomlKey name, TomlTableForm form)
    {
        var table = NewTable(form, parent.Level + 1, name);
        parent.Add(name, table);
        return table;
    }

    private static TomlTable NewTable(TomlTableForm form, int level, TomlKey name)
    {
        TomlReader.RefuseDepth(level, name.Position);
        return new TomlTable(form, level, name.Position);
    }

    private static TomlException Taken(TomlKey name, TomlEntry entry) =>
        new($"{Show(name.Name)} is already defined on line {entry.KeyPosition.Line}.", name.Position);

    private static TomlException Closed(TomlKey name, TomlEntry entry) => new(
        entry.Value is TomlTable or TomlArray
            ? $"{Show(name.Name)} is already complete, from line {entry.KeyPosition.Line}, and takes no more keys here."
            : $"{Show(name.Name)} is a value, set on line {entry.KeyPosition.Line}, and has no keys of its own.",
        name.Position);

    /// <summary>The name as one printable word: a quoted key can be long and contain line ends.</summary>
    private static string Show(string name)
    {
        var shown = name.Length <= LongestShownName ? name : $"{name[..LongestShownName]}…";
        return $"'{string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c))}'";
    }
}
