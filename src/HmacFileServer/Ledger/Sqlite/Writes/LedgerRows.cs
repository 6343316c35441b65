namespace HmacFileServer.Ledger.Sqlite.Writes;

/// <summary>The rows of files, and the sums of owners that change with them.</summary>
internal sealed partial class LedgerWrites
{
    private const long PlacesInMillisecond = (1L << LedgerFile.PlaceBits) - 1;
    private long newBytes;
    private long newFiles;

    /// <returns>Null when the key has an entry.</returns>
    private long? TryInsert(LedgerEntry entry)
    {
        var owner = owners.Of(entry.Owner);
        var place = NextPlace(entry);
        insert.Set(2, entry.Key).Set(3, entry.Size).Set(4, entry.ContentType).Set(5, owner)
            .Set(6, entry.Scheme).Set(7, entry.Expires?.ToUnixTimeMilliseconds()).Set(8, entry.Sha256);
        while (insert.Set(1, place).Run() == 0)
        {
            if (find.Set(1, entry.Key).Number() is not null)
            {
                return null;
            }

            // The place is taken, by a file found on disk.
            place = 1 + lastOfMillisecond.Set(1, place).Set(2, place | PlacesInMillisecond).Number()!.Value;
        }

        Count(owner, entry.Size, 1);
        return place;
    }

    /// <summary>
    /// New files go behind all others, whatever the clock does; those found on disk go where their time says.
    /// </summary>
    private long NextPlace(LedgerEntry entry)
    {
        var place = entry.StoredAt.ToUnixTimeMilliseconds() << LedgerFile.PlaceBits;
        if (entry.Scheme == LedgerEntry.FoundOnDisk)
        {
            return place;
        }

        return lastPlace = Math.Max(place, lastPlace + 1);
    }

    private Removed? Remove(string key)
    {
        withdraw.Set(1, key);
        if (!withdraw.Next())
        {
            return null;
        }

        var removed = new Removed(withdraw.Long(0), withdraw.Long(1), withdraw.OptionalLong(2));
        withdraw.Reset();
        settle.Set(1, removed.Place).Run();
        Count(removed.Owner, -removed.Size, -1);
        return removed;
    }

    private void Count(long? owner, long bytes, long files)
    {
        newBytes += bytes;
        newFiles += files;
        if (owner is not null)
        {
            count.Set(1, bytes).Set(2, files).Set(3, owner).Run();
        }
    }

    /// <summary>Everybody's sum changes with each row: once a transaction will do.</summary>
    private void CountEverybody()
    {
        if (newBytes != 0 || newFiles != 0)
        {
            count.Set(1, newBytes).Set(2, newFiles).Set(3, OwnerIds.Everybody).Run();
            (newBytes, newFiles) = (0, 0);
        }
    }

    private sealed record Removed(long Place, long Size, long? Owner);
}
