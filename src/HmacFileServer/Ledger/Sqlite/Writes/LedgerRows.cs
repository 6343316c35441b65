namespace HmacFileServer.Ledger.Sqlite.Writes;

/// <summary>The rows of files, and the sums of owners that change with them.</summary>
internal sealed partial class LedgerWrites
{
    private const long PlacesInMillisecond = (1L << LedgerFile.PlaceBits) - 1;
    private long newBytes;
    private long newFiles;

    private Row RowOf(LedgerEntry entry) => new(
        entry.Key, entry.Size, entry.ContentType, owners.Of(entry.Owner), entry.Scheme,
        entry.Expires?.ToUnixTimeMilliseconds(), entry.Sha256);

    /// <returns>The place it got; null when the key has an entry.</returns>
    private long? TryInsert(in Row row, long place)
    {
        insert.Set(2, row.Key).Set(3, row.Size).Set(4, row.Type).Set(5, row.Owner)
            .Set(6, row.Scheme).Set(7, row.Expires).Set(8, row.Sha256);
        while (insert.Set(1, place).Run() == 0)
        {
            if (find.Set(1, row.Key).Number() is not null)
            {
                return null;
            }

            // The place is taken, by a file found on disk.
            place = 1 + lastOfMillisecond.Set(1, place).Set(2, place | PlacesInMillisecond).Number()!.Value;
        }

        Count(row.Owner, row.Size, 1);
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

    /// <summary>Not the one that it was put in the place of had: the two are told apart by it.</summary>
    private long NextPlace(LedgerEntry entry, Removed? former)
    {
        var place = NextPlace(entry);
        return former is not null && (former.Place | PlacesInMillisecond) == (place | PlacesInMillisecond)
            ? lastPlace = Math.Max(place, former.Place + 1)
            : place;
    }

    private Removed? Remove(string key)
    {
        withdraw.Set(1, key);
        if (!withdraw.Next())
        {
            return null;
        }

        var place = withdraw.Long(0);
        var row = new Row(
            key, withdraw.Long(1), withdraw.OptionalText(2), withdraw.OptionalLong(3), withdraw.Text(4),
            withdraw.OptionalLong(5), withdraw.OptionalBytes(6));
        withdraw.Reset();
        Count(row.Owner, -row.Size, -1);
        return new Removed(place, row, WasInFlight: settle.Set(1, place).Run() == 1);
    }

    private void PutBack(Removed former)
    {
        if (TryInsert(former.Row, former.Place) is { } place && former.WasInFlight)
        {
            mark.Set(1, place).Run();
        }
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

    internal sealed record Removed(long Place, Row Row, bool WasInFlight);

    internal readonly record struct Row(
        string Key, long Size, string? Type, long? Owner, string Scheme, long? Expires, byte[]? Sha256);
}
