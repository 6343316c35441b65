using HmacFileServer.Settings.Legacy.Keys;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Legacy;

/// <summary>One key of the file beside the row that knows it, if any does.</summary>
internal sealed record OldEntry(string Table, TomlEntry Entry, OldKey? Old)
{
    private const char Wildcard = '*';

    private static readonly ILookup<string, OldKey> Rows =
        OldKeys.All.ToLookup(key => KeySpelling.Normalise(key.Table));

    public string Key => Entry.Key;

    public TomlValue Value => Entry.Value;

    /// <summary>Both parts normalised: what our own keys are compared by.</summary>
    public string Name => $"{KeySpelling.Normalise(Table)}.{KeySpelling.Normalise(Key)}";

    public string FullName => Table.Length == 0 ? Key : $"{Table}.{Key}";

    /// <summary>Whether it is spelled as the old server read it.</summary>
    public bool IsExact => Old is not null && Key.Equals(Old.Spelling, StringComparison.OrdinalIgnoreCase);

    public bool IsWildcard => Old?.Spelling[^1] == Wildcard;

    /// <summary>Every key of every table, and those at the top. What lies deeper belongs to its key.</summary>
    public static IReadOnlyList<OldEntry> Of(TomlTable content)
    {
        var entries = new List<OldEntry>();
        foreach (var top in content.Entries)
        {
            if (top.Value is not TomlTable table)
            {
                entries.Add(new OldEntry("", top, Find("", top.Key)));
                continue;
            }

            entries.AddRange(table.Entries.Select(entry => new OldEntry(top.Key, entry, Find(top.Key, entry.Key))));
        }

        return entries;
    }

    private static OldKey? Find(string table, string key)
    {
        var (rows, normalised) = (Rows[KeySpelling.Normalise(table)], KeySpelling.Normalise(key));
        return rows.FirstOrDefault(row => KeySpelling.Normalise(row.Spelling) == normalised)
            ?? rows.FirstOrDefault(row => row.Spelling[^1] == Wildcard
                && normalised.StartsWith(KeySpelling.Normalise(row.Spelling[..^1]), StringComparison.Ordinal));
    }
}
