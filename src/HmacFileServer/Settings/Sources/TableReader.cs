using System.Collections.Immutable;
using System.Globalization;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Sources;

/// <summary>Turns the text of a value into a <typeparamref name="T"/>, or says what is wrong with it.</summary>
internal delegate bool Parse<T>(string text, out T value, out string problem);

/// <summary>
/// Reads one table of the settings by key, the environment before the file. Notes which keys it was asked for,
/// so that the rest can be reported as unknown.
/// </summary>
internal sealed partial class TableReader
{
    private readonly string table;
    private readonly SettingSources sources;
    private readonly Dictionary<string, TomlEntry> entries = new(StringComparer.Ordinal);
    private readonly List<string> known = [];
    private readonly List<TableReader> below = [];

    public TableReader(string table, TomlTable? content, SettingSources sources)
    {
        this.table = table;
        this.sources = sources;
        foreach (var entry in content?.Entries ?? [])
        {
            if (!entries.TryAdd(KeySpelling.Normalise(entry.Key), entry))
            {
                sources.Add(sources.At(entry.KeyPosition), FullName(entry.Key), "is given twice, in two spellings");
            }
        }
    }

    public string Name => table;

    public bool NeedsSecrets => sources.NeedsSecrets;

    public IReadOnlyList<string> KnownKeys => known;

    /// <summary>Whether the key stands anywhere, whatever its value.</summary>
    public bool Has(string key) => Find(key) is not null;

    public bool IsInEnvironment(string key) => sources.Variable(table, KeySpelling.Normalise(key)) is not null;

    public bool OnlyOneInEnvironment(string one, string other) => IsInEnvironment(one) != IsInEnvironment(other);

    public T Read<T>(string key, T fallback, Parse<T> parse)
    {
        known.Add(key);
        if (Find(key) is not { } found)
        {
            return fallback;
        }

        if (Text(found) is not { } text)
        {
            sources.Add(found.Origin, FullName(key), "takes one value, not a list or a table");
            return fallback;
        }

        return Parsed(key, found.Origin, text, parse, fallback);
    }

    /// <summary>
    /// A list, or a single value standing for a list of one. In the environment, items are parted by commas.
    /// </summary>
    public ImmutableArray<T> ReadList<T>(string key, ImmutableArray<T> fallback, Parse<T> parse)
    {
        known.Add(key);
        if (Find(key) is not { } found)
        {
            return fallback;
        }

        var items = found.Value switch
        {
            TomlArray array => array.Items.Select(item => Text(found with { Value = item })),
            TomlString fromEnvironment when found.FromEnvironment =>
                fromEnvironment.Value.Split(
                    ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            _ => [Text(found)],
        };
        var before = sources.Problems.Count;
        var values = ImmutableArray.CreateBuilder<T>();
        foreach (var item in items)
        {
            if (item is null)
            {
                sources.Add(found.Origin, FullName(key), "takes a list of plain values");
                return fallback;
            }

            values.Add(Parsed(key, found.Origin, item, parse, default!));
        }

        // What is left of a list without its bad items would be judged, too: a second problem that nobody has.
        return sources.Problems.Count == before ? values.ToImmutable() : fallback;
    }

    /// <summary>The keys asked for so far that stand somewhere, with what stands there.</summary>
    public IEnumerable<WrittenSetting> Written()
    {
        foreach (var key in known)
        {
            if (Find(key) is { } found)
            {
                var text = found.Value is TomlArray list
                    ? string.Join(", ", list.Items.Select(item => Text(found with { Value = item })))
                    : Text(found);
                yield return new WrittenSetting(FullName(key), text ?? "", found.Origin);
            }
        }
    }

    public void Problem(string key, string sentence) =>
        sources.Add(Find(key)?.Origin ?? sources.File, FullName(key), sentence);

    /// <summary>Reports every key nobody asked for. Call it last.</summary>
    public void RejectUnknown()
    {
        below.ForEach(reader => reader.RejectUnknown());
        var expected = known.Select(KeySpelling.Normalise).ToHashSet(StringComparer.Ordinal);
        foreach (var (normalised, entry) in entries)
        {
            if (!expected.Contains(normalised))
            {
                sources.Add(sources.At(entry.KeyPosition), FullName(entry.Key),
                    SettingSources.Unknown(entry.Key, known));
            }
        }

        foreach (var (normalised, variable) in sources.VariablesOf(table))
        {
            if (!expected.Contains(normalised))
            {
                sources.Add(variable, "", SettingSources.Unknown(normalised, known));
            }
        }
    }

    private string FullName(string key) => $"{table}.{key}";

    private T Parsed<T>(string key, string origin, string text, Parse<T> parse, T fallback)
    {
        if (parse(text, out var value, out var problem))
        {
            return value;
        }

        sources.Add(origin, FullName(key), problem);
        return fallback;
    }

    private Found? Find(string key)
    {
        var normalised = KeySpelling.Normalise(key);
        if (sources.Variable(table, normalised) is var (variable, value))
        {
            return new Found(new TomlString(value, default), variable, FromEnvironment: true);
        }

        return entries.TryGetValue(normalised, out var entry)
            ? new Found(entry.Value, sources.At(entry.KeyPosition), FromEnvironment: false)
            : null;
    }

    private static string? Text(Found found) => found.Value switch
    {
        TomlString text => text.Value,
        TomlInteger number => number.Value.ToString(CultureInfo.InvariantCulture),
        TomlFloat number => number.Value.ToString("R", CultureInfo.InvariantCulture),
        TomlBoolean flag => flag.Value ? "true" : "false",
        _ => null,
    };

    private sealed record Found(TomlValue Value, string Origin, bool FromEnvironment);
}
