using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Settings.Binding;

/// <summary>Reads <c>[ledger]</c>, <c>[quotas]</c> and <c>[retention]</c>.</summary>
internal static class LedgerBinder
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static LedgerSettings Ledger(TableReader table, LedgerSettings otherwise) => new()
    {
        Hash = table.Read<bool>("hash", otherwise.Hash, Parsers.Flag),
    };

    public static QuotaSettings Quotas(TableReader table, QuotaSettings otherwise) => new()
    {
        PerOwner = table.Read<ByteSize>("per_owner", otherwise.PerOwner, ByteSize.TryParse),
        PerOwnerDaily = table.Read<ByteSize>("per_owner_daily", otherwise.PerOwnerDaily, ByteSize.TryParse),
        Total = table.Read<ByteSize>("total", otherwise.Total, ByteSize.TryParse),
        WhenFull = table.Read<WhenFull>("when_full", otherwise.WhenFull, Full),
        Custom = QuotaSettings.None.AddRange(table.ReadNamed<ByteSize>("custom", ByteSize.TryParse)),
    };

    public static RetentionSettings Retention(TableReader table, RetentionSettings otherwise)
    {
        var retention = new RetentionSettings
        {
            MaxAge = table.Read<Duration>("max_age", otherwise.MaxAge, Duration.TryParse),
            Classes = [.. table.ReadTables("class").Select(Class)],
            DiskHigh = table.Read<Percent>("disk_high", otherwise.DiskHigh, Percent.TryParse),
            DiskLow = table.Read<Percent>("disk_low", otherwise.DiskLow, Percent.TryParse),
            CleanupInterval = table.Read(
                "cleanup_interval", otherwise.CleanupInterval, Parsers.Longer(TimeSpan.FromSeconds(1))),
            CleanupDryRun = table.Read<bool>("cleanup_dry_run", otherwise.CleanupDryRun, Parsers.Flag),
            TombstoneAge = table.Read("tombstone_age", otherwise.TombstoneAge, Parsers.Longer(Day)),
            Confirmed = table.Read<bool>("confirmed", otherwise.Confirmed, Parsers.Flag),
        };
        if (retention.DiskHigh.Value < 100 && retention.DiskLow.Value >= retention.DiskHigh.Value)
        {
            table.Problem("disk_low", "must be less than disk_high: files are deleted from the one down to the other");
        }

        return retention;
    }

    private static RetentionClass Class(TableReader table)
    {
        var one = new RetentionClass(
            table.Read<ByteSize>("larger_than", default, ByteSize.TryParse),
            table.Read("max_age", default, Parsers.Longer(TimeSpan.FromSeconds(1))));
        if (!table.Has("max_age"))
        {
            table.Problem("max_age", "is missing: say how long such files stay");
        }

        return one;
    }

    private static bool Full(string text, out WhenFull value, out string problem)
    {
        problem = $"\"{text}\" is neither refuse nor replace-oldest";
        value = text == "replace-oldest" ? WhenFull.ReplaceOldest : WhenFull.Refuse;
        return text is "refuse" or "replace-oldest";
    }
}
