using System.Collections.Immutable;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Settings;

/// <summary><c>[ledger]</c>: what is written down of each file.</summary>
internal sealed record LedgerSettings
{
    /// <summary>
    /// Whether the content's SHA-256 is computed while it arrives, so that a content can be found and blocked.
    /// </summary>
    public bool Hash { get; init; }
}

/// <summary><c>[quotas]</c>: how much may be stored. 0 means no limit.</summary>
internal sealed record QuotaSettings
{
    public ByteSize PerOwner { get; init; }

    /// <summary>Bytes stored within 24 hours, deleted since or not.</summary>
    public ByteSize PerOwnerDaily { get; init; }

    public ByteSize Total { get; init; }

    public WhenFull WhenFull { get; init; }

    /// <summary>In place of <see cref="PerOwner"/>: of one owner by address, or of each owner of a domain.</summary>
    public ImmutableDictionary<string, ByteSize> Custom { get; init; } = None;

    public static ImmutableDictionary<string, ByteSize> None { get; } =
        // addresses have no case (RFC 7622 section 3.3)
        ImmutableDictionary.Create<string, ByteSize>(StringComparer.OrdinalIgnoreCase);

    /// <summary>What an owner may store: the address's own quota, else the domain's, else everybody's.</summary>
    public ByteSize Of(string owner)
    {
        if (Custom.TryGetValue(owner, out var own))
        {
            return own;
        }

        var domain = owner[(owner.IndexOf('@', StringComparison.Ordinal) + 1)..];
        return Custom.TryGetValue(domain, out var ofDomain) ? ofDomain : PerOwner;
    }
}

internal enum WhenFull
{
    /// <summary>507 for what does not fit.</summary>
    Refuse,

    /// <summary>The owner's oldest files go until it fits.</summary>
    ReplaceOldest,
}

/// <summary><c>[retention]</c>: how long files stay.</summary>
internal sealed record RetentionSettings
{
    /// <summary>Zero for ever.</summary>
    public Duration MaxAge { get; init; }

    public ImmutableArray<RetentionClass> Classes { get; init; } = [];

    /// <summary>The oldest files go when the disk is fuller than this; 100 for never.</summary>
    public Percent DiskHigh { get; init; } = new(100);

    /// <summary>Until it is no fuller than this.</summary>
    public Percent DiskLow { get; init; } = new(90);

    public Duration CleanupInterval { get; init; } = Duration.Seconds(600);

    /// <summary>Tell what would be deleted, and delete nothing.</summary>
    public bool CleanupDryRun { get; init; }

    public Duration TombstoneAge { get; init; } = Duration.Seconds(90 * 86400);

    /// <summary>Start deleting at once, also in a store that was here before.</summary>
    public bool Confirmed { get; init; }

    /// <summary>
    /// Whether files are deleted for their age, size or the disk's want, and not for their own expiry alone.
    /// </summary>
    public bool HasRules => MaxAge.Time > TimeSpan.Zero || !Classes.IsEmpty || DiskHigh.Value < 100;

    /// <summary>How long a file of this size stays: the shortest time of all that apply. Null for ever.</summary>
    public TimeSpan? AgeOf(long size)
    {
        TimeSpan? shortest = MaxAge.Time > TimeSpan.Zero ? MaxAge.Time : null;
        foreach (var large in Classes)
        {
            if (size > large.LargerThan.Bytes && (shortest is null || large.MaxAge.Time < shortest))
            {
                shortest = large.MaxAge.Time;
            }
        }

        return shortest;
    }
}

/// <summary><c>[[retention.class]]</c>: files larger than this stay no longer than that.</summary>
internal sealed record RetentionClass(ByteSize LargerThan, Duration MaxAge);

/// <summary>A part of a hundred, written "85%" or 85.</summary>
internal readonly record struct Percent(int Value)
{
    public static bool TryParse(string text, out Percent percent, out string problem)
    {
        problem = $"\"{text}\" is not a percentage from 1% to 100%";
        var digits = text.AsSpan().Trim().TrimEnd('%');
        var good = int.TryParse(digits, System.Globalization.NumberStyles.None, null, out var value)
            && value is >= 1 and <= 100;
        percent = new Percent(value);
        return good;
    }
}
