using HmacFileServer.Ledger;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Storage;

namespace HmacFileServer.Slots.Issuing;

/// <summary>
/// Whether an upload would be taken at this moment. Promises nothing: the PUT reserves, and may still be refused when
/// many slots were issued for the same room.
/// </summary>
internal sealed class UploadAllowance(ILedger ledger, DiskSpace disk)
{
    // How finely the moment is told at which the day's quota has room again.
    private static readonly TimeSpan Slice = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <returns>Null when it fits, or why not.</returns>
    /// <exception cref="LedgerException">What is stored can't be looked up.</exception>
    public SlotDenial? Ask(string owner, long bytes, ServerSettings rules, DateTimeOffset now)
    {
        var quotas = rules.Quotas;
        return Total(bytes, quotas)
            ?? OwnerTotal(owner, bytes, quotas)
            ?? OwnerDaily(owner, bytes, quotas.PerOwnerDaily.Bytes, now)
            ?? Disk(bytes, PromiseLimits.Of(rules));
    }

    private SlotDenial? Total(long bytes, QuotaSettings quotas)
    {
        var total = quotas.Total.Bytes;
        return total == 0 || bytes <= total - ledger.UsageOf(null).Bytes ? null
            : bytes > total ? SlotDenial.TooLarge(total)
            : new(SlotDenialReason.StorageFull, "The server has no space left at the moment.");
    }

    private SlotDenial? OwnerTotal(string owner, long bytes, QuotaSettings quotas)
    {
        var own = quotas.Of(owner).Bytes;
        if (own == 0)
        {
            return null;
        }

        if (bytes > own)
        {
            return SlotDenial.TooLarge(own);
        }

        // Nobody knows when a quota without a window frees room: when its owner deletes something, perhaps.
        return quotas.WhenFull == WhenFull.ReplaceOldest || bytes <= own - ledger.UsageOf(owner).Bytes
            ? null
            : new(SlotDenialReason.OverQuota, $"Your files take up all of the {new ByteSize(own)} you may store.");
    }

    private SlotDenial? OwnerDaily(string owner, long bytes, long daily, DateTimeOffset now)
    {
        if (daily == 0)
        {
            return null;
        }

        if (bytes > daily)
        {
            return SlotDenial.TooLarge(daily);
        }

        var first = SliceOf(now - Day);
        return Fits(first)
            ? null
            : new(SlotDenialReason.OverQuota, $"You may upload {new ByteSize(daily)} a day.")
            {
                RetryAt = EarliestRoom(),
            };

        bool Fits(long slice) => ledger.UploadedSince(owner, Begin(slice)) + bytes <= daily;

        // The fewer slices of the day still count, the more room there is: search the first that leaves enough.
        DateTimeOffset EarliestRoom()
        {
            var (full, free) = (first, SliceOf(now) + 1);
            while (free - full > 1)
            {
                var middle = full + ((free - full) / 2);
                (full, free) = Fits(middle) ? (full, middle) : (middle, free);
            }

            return Begin(free) + Day;
        }
    }

    private SlotDenial? Disk(long bytes, PromiseLimits limits)
    {
        // whoever has promised much may be done by the time of the PUT
        using var space = disk.TryReserve(bytes, limits, client: null, out _);
        return space is null
            ? new(SlotDenialReason.StorageFull, "The server has no space left at the moment.")
            : null;
    }

    private static long SliceOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / (long)Slice.TotalSeconds;

    private static DateTimeOffset Begin(long slice) => DateTimeOffset.UnixEpoch + (Slice * slice);
}
