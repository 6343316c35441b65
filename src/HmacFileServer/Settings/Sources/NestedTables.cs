using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Sources;

/// <summary>
/// Tables below a table: one with free names, and lists of tables. In the file only, no variable can hold them.
/// </summary>
internal sealed partial class TableReader
{
    /// <summary>A table whose keys are the operator's own words, such as addresses: they stay as written.</summary>
    public IEnumerable<KeyValuePair<string, T>> ReadNamed<T>(string key, Parse<T> parse)
    {
        known.Add(key);
        var found = Find(key);
        if (found is not { Value: TomlTable named })
        {
            RefuseInstead(key, found, "is a table");
            yield break;
        }

        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in named.Entries)
        {
            var (origin, name) = (sources.At(entry.KeyPosition), $"{key}.{entry.Key}");
            var before = sources.Problems.Count;
            if (Text(new Found(entry.Value, origin, FromEnvironment: false)) is not { } text)
            {
                sources.Add(origin, FullName(name), "takes one value; a name with a dot in it stands in quotes");
                continue;
            }

            var value = Parsed(name, origin, text, parse, default!);
            if (!seen.Add(entry.Key))
            {
                sources.Add(origin, FullName(name), "is given twice, in two spellings");
            }

            if (sources.Problems.Count == before)
            {
                yield return KeyValuePair.Create(entry.Key, value);
            }
        }
    }

    /// <summary>
    /// The tables of <c>[[table.key]]</c>, in their order. Unknown keys in them are reported with this table's.
    /// </summary>
    public IReadOnlyList<TableReader> ReadTables(string key)
    {
        known.Add(key);
        var found = Find(key);
        if (found is not { Value: TomlArray array } || array.Items.Any(item => item is not TomlTable))
        {
            RefuseInstead(key, found, $"is a list of tables: write [[{FullName(key)}]] above each");
            return [];
        }

        var readers = array.Items.Select(item => new TableReader(FullName(key), (TomlTable)item, sources)).ToArray();
        below.AddRange(readers);
        return readers;
    }

    private void RefuseInstead(string key, Found? found, string sentence)
    {
        if (found is not null)
        {
            sources.Add(found.Origin, FullName(key), sentence);
        }
    }
}
