using System.Collections;
using System.Globalization;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Sources;

/// <summary>
/// Where settings come from: a TOML file (or none) and the environment, whose HFS_SECTION__KEY wins. Collects
/// what is wrong.
/// </summary>
internal sealed class SettingSources
{
    public const string Prefix = "HFS_";

    private readonly List<SettingProblem> problems = [];
    private readonly List<string> unparted = [];
    private readonly Dictionary<(string Table, string Key), (string Variable, string Value)> variables = [];

    public SettingSources(string file, TomlTable content, IDictionary environment)
    {
        File = file;
        Content = content;
        foreach (DictionaryEntry entry in environment)
        {
            var name = (string)entry.Key;
            var parts = name.Split("__", 2);
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && parts.Length == 2)
            {
                var key = (KeySpelling.Normalise(parts[0][Prefix.Length..]), KeySpelling.Normalise(parts[1]));
                variables[key] = (name, (string?)entry.Value ?? "");
            }
            else if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                unparted.Add(name);
            }
        }
    }

    /// <summary>The file's name as the operator gave it, or a word for having none.</summary>
    public string File { get; }

    public TomlTable Content { get; }

    /// <summary>False for those who sign and verify nothing: files with secrets stay closed.</summary>
    public bool NeedsSecrets { get; init; } = true;

    public IReadOnlyList<SettingProblem> Problems => problems;

    public string At(TomlPosition position) =>
        string.Create(CultureInfo.InvariantCulture, $"{File}:{position.Line}");

    public void Add(string origin, string key, string sentence) =>
        problems.Add(new SettingProblem(origin, key, sentence));

    public (string Variable, string Value)? Variable(string table, string normalisedKey) =>
        variables.TryGetValue((KeySpelling.Normalise(table), normalisedKey), out var found) ? found : null;

    public IEnumerable<(string Key, string Variable)> VariablesOf(string table) => variables
        .Where(variable => variable.Key.Table == KeySpelling.Normalise(table))
        .Select(variable => (variable.Key.Key, variable.Value.Variable));

    /// <summary>
    /// Reports tables, top-level keys and variables that belong to none of <paramref name="tables"/>.
    /// </summary>
    public void RejectUnknownTables(IReadOnlyList<string> tables)
    {
        var expected = tables.Select(KeySpelling.Normalise).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in Content.Entries)
        {
            if (!expected.Contains(KeySpelling.Normalise(entry.Key)))
            {
                Add(At(entry.KeyPosition), entry.Key, Unknown(entry.Key, tables));
            }
            else if (entry.Value is not TomlTable)
            {
                Add(At(entry.KeyPosition), entry.Key, $"is a table: write [{entry.Key}]");
            }
        }

        foreach (var ((table, _), (variable, _)) in variables)
        {
            if (!expected.Contains(table))
            {
                Add(variable, "", Unknown(table, tables));
            }
        }
        foreach (var variable in unparted)
        {
            Add(variable, "", Unparted(variable, tables));
        }
    }

    public TableReader Table(string name)
    {
        var normalised = KeySpelling.Normalise(name);
        var matches = Content.Entries.Where(entry => KeySpelling.Normalise(entry.Key) == normalised).ToArray();
        if (matches.Length > 1)
        {
            Add(At(matches[1].KeyPosition), name, "is given twice, in two spellings");
        }

        return new TableReader(name, matches.Length > 0 ? matches[0].Value as TomlTable : null, this);
    }

    /// <summary>
    /// Silence would let the server start with another secret than the one its operator believes to have given.
    /// </summary>
    private static string Unparted(string variable, IReadOnlyList<string> tables)
    {
        var rest = variable[Prefix.Length..];
        var table = tables.FirstOrDefault(table => rest.StartsWith(table + "_", StringComparison.OrdinalIgnoreCase));
        return table is null
            ? "is no setting: a variable is called HFS_TABLE__KEY, with two underscores between"
            : $"is no setting, did you mean {Prefix}{table.ToUpperInvariant()}__{rest[(table.Length + 1)..]}?";
    }

    public static string Unknown(string key, IEnumerable<string> known) =>
        KeySpelling.Nearest(key, known) is { } nearest ? $"unknown key, did you mean {nearest}?" : "unknown key";
}
