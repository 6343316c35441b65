namespace HmacFileServer.Ledger;

/// <summary>What is known of one stored file.</summary>
internal sealed record LedgerEntry
{
    /// <summary>The key as in the URL, decoded. Its last segment is the name its owner gave the file.</summary>
    public required string Key { get; init; }

    public required long Size { get; init; }

    /// <summary>As signed or sent; null when nobody said.</summary>
    public string? ContentType { get; init; }

    /// <summary>Null where the scheme does not tell.</summary>
    public string? Owner { get; init; }

    /// <summary>The signature scheme that vouched for it, or <see cref="FoundOnDisk"/>.</summary>
    public required string Scheme { get; init; }

    /// <summary>To the millisecond, and equal to the file's own time.</summary>
    public required DateTimeOffset StoredAt { get; init; }

    /// <summary>When the file's own life ends, by its token; retention by age is the settings' business.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>SHA-256 of the content, where the ledger was told to know it.</summary>
    public byte[]? Sha256 { get; init; }

    /// <summary>
    /// The place in the order of storing; 0 until it has one. What <see cref="LedgerQuery.After"/> goes on from.
    /// </summary>
    public long Place { get; init; }

    /// <summary>The scheme of files that were here before us, or whose entry was lost.</summary>
    public const string FoundOnDisk = "disk";

    public string Name => Key[(Key.LastIndexOf('/') + 1)..];
}

/// <summary>Which entries, oldest first. What is null does not matter.</summary>
internal sealed record LedgerQuery
{
    public string? Owner { get; init; }

    public long? LargerThan { get; init; }

    public DateTimeOffset? StoredFrom { get; init; }

    public DateTimeOffset? StoredBefore { get; init; }

    public byte[]? Sha256 { get; init; }

    /// <summary>The <see cref="LedgerEntry.Place"/> of the last one seen.</summary>
    public long After { get; init; } = long.MinValue;

    public int Limit { get; init; } = 1000;
}

/// <summary>How the ledger counts time.</summary>
internal static class LedgerTime
{
    public static DateTimeOffset ToMilliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
