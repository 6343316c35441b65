using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Legacy.Keys;

/// <summary>What becomes of a key of an old server's configuration.</summary>
internal enum Fate
{
    /// <summary>Means here what it meant there.</summary>
    Used,

    /// <summary>Means something else here, or only together with other keys; the note says what.</summary>
    Changed,

    /// <summary>Has no effect here.</summary>
    Obsolete,

    /// <summary>No version of the old server knew it, as far as we do.</summary>
    Unknown,
}

/// <summary>
/// Brings a value to what our own key takes; null when it means our default. What it can't read it leaves
/// to the binder.
/// </summary>
internal delegate TomlValue? Conversion(TomlValue value);

/// <summary>One key of an old server: which spelling it heeded, and what that is here.</summary>
/// <param name="Table">The table, "" for the top of the file.</param>
/// <param name="Spelling">As the old server read it: case never mattered to it, underscores did.</param>
/// <param name="To">Our own key, "table.key"; null when there is none, or when several keys together make one.</param>
internal sealed record OldKey(string Table, string Spelling, Fate Fate, string? To, string Sentence)
{
    public Conversion Convert { get; init; } = value => value;

    /// <summary>
    /// Whether another spelling, which the old server never heeded, stays without effect: keys that could delete or
    /// refuse what was kept and taken before.
    /// </summary>
    public bool Exact { get; init; }

    /// <summary>Whether the key works together with others; <see cref="OldFile"/> asks for it by name.</summary>
    public bool Joint { get; init; }

    public string FullName => Table.Length == 0 ? Spelling : $"{Table}.{Spelling}";
}

/// <summary>What to tell the operator about one key of the file.</summary>
internal sealed record OldKeyNote(TomlPosition Position, string Key, Fate Fate, string? To, string Sentence);
