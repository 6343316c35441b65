using HmacFileServer.Ledger;
using HmacFileServer.Settings;
using HmacFileServer.Storage;

namespace HmacFileServer.Retention;

/// <summary>Counts what a sweep would delete, page by page, and deletes nothing.</summary>
internal static class SweepReport
{
    /// <summary>Files with an expiry of their own are counted up to here.</summary>
    public const int Most = 100_000;

    private const int Page = 1000;

    public static void Add(Swept swept, IReadOnlyList<LedgerEntry> entries)
    {
        swept.Due += entries.Count;
        swept.DueBytes += entries.Sum(entry => entry.Size);
    }

    public static void AddByRules(
        Swept swept, ILedger ledger, RetentionSettings rules, DateTimeOffset now, DiskSpace space,
        CancellationToken cancel)
    {
        var youngest = rules.Classes.Select(large => large.MaxAge.Time)
            .Append(rules.MaxAge.Time > TimeSpan.Zero ? rules.MaxAge.Time : TimeSpan.MaxValue)
            .Min();
        var excess = space.BytesToFree(rules.DiskHigh.Value, rules.DiskLow.Value);
        foreach (var entry in Oldest(ledger))
        {
            cancel.ThrowIfCancellationRequested();
            var isYoung = youngest == TimeSpan.MaxValue || entry.StoredAt + youngest > now;
            if (isYoung && excess <= 0)
            {
                return;
            }

            if (excess > 0 || entry.StoredAt + rules.AgeOf(entry.Size) <= now)
            {
                Add(swept, [entry]);
                excess -= entry.Size;
            }
        }
    }

    private static IEnumerable<LedgerEntry> Oldest(ILedger ledger)
    {
        var query = new LedgerQuery { Limit = Page };
        while (ledger.List(query) is { Count: > 0 } page)
        {
            foreach (var entry in page)
            {
                yield return entry;
            }

            query = query with { After = page[^1].Place };
        }
    }
}
