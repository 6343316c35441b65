namespace HmacFileServer.Ledger.Sqlite.Writes;

/// <summary>The changes that an upload, a deletion, a sweep make, each a few statements.</summary>
internal sealed partial class LedgerWrites
{
    /// <summary>Each call looks at this many owners' counts of uploads: a small part of the table.</summary>
    private const int OwnersPerPruning = 10_000;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // Places of entries in flight, so that a confirmation needs no look-up. Those of other processes are not here.
    private readonly Dictionary<string, long> flights = new(StringComparer.Ordinal);

    private readonly List<string> boarded = []; // in this transaction

    private long pruneFrom;

    public Enrolment Enrol(LedgerEntry entry)
    {
        if (findBurial.Set(1, HashOf(entry.Key)).Number() is not null)
        {
            return Enrolment.Buried;
        }

        if (entry.Sha256 is not null && isBlocked.Set(1, entry.Sha256).Number() is not null)
        {
            return Enrolment.Blocked;
        }

        if (TryInsert(entry) is not { } place)
        {
            return Enrolment.Known;
        }

        boarded.Add(entry.Key);
        mark.Set(1, flights[entry.Key] = place).Run();
        return Enrolment.Enrolled;
    }

    public Enrolment Replace(LedgerEntry entry)
    {
        var enrolment = Enrol(entry);
        if (enrolment != Enrolment.Known)
        {
            return enrolment;
        }

        Remove(entry.Key);
        return Enrol(entry);
    }

    /// <summary>
    /// Ends an entry's flight. When a server that started meanwhile took it for a crashed one's, it is entered again.
    /// </summary>
    public void Confirm(LedgerEntry entry)
    {
        if (flights.Remove(entry.Key, out var flight) && settle.Set(1, flight).Run() == 1)
        {
            return;
        }

        if (find.Set(1, entry.Key).Number() is { } place)
        {
            settle.Set(1, place).Run();
        }
        else
        {
            TryInsert(entry);
        }
    }

    /// <summary>One that ended its flight without us belongs to the file that another process published.</summary>
    public void Withdraw(string key)
    {
        var place = flights.Remove(key, out var flight) ? flight : find.Set(1, key).Number();
        if (place is { } ours && settle.Set(1, ours).Run() == 1)
        {
            Remove(key);
        }
    }

    public Burials Bury(IReadOnlyList<string> keys, BurialReason reason, DateTimeOffset now)
    {
        var (files, bytes, busy) = (0, 0L, new List<string>());
        var (at, yesterday) = (now.ToUnixTimeMilliseconds(), LedgerFile.FirstPlaceOf(now - Day));
        foreach (var key in keys)
        {
            if (find.Set(1, key).Number() is { } place)
            {
                if (isInFlight.Set(1, place).Number() is not null)
                {
                    busy.Add(key);
                    continue;
                }

                var removed = Remove(key)!;
                files++;
                bytes += removed.Size;
                if (removed.Owner is { } owner && removed.Place >= yesterday)
                {
                    spend.Set(1, owner).Set(2, removed.Place).Set(3, removed.Size).Run();
                }
            }

            bury.Set(1, HashOf(key)).Set(2, at).Set(3, (long)reason).Run();
            unlinking.Set(1, key).Set(2, at).Run();
        }

        return new Burials(files, bytes, busy);
    }

    public void Unlinked(IReadOnlyList<string> keys)
    {
        foreach (var key in keys)
        {
            unlinked.Set(1, key).Run();
        }
    }

    public void Gone(IReadOnlyList<string> keys)
    {
        foreach (var key in keys)
        {
            gone.Set(1, key).Run();
        }
    }

    public bool Forget(DateTimeOffset tombstonesBefore, DateTimeOffset uploadsBefore, int limit)
    {
        var forgotten = forgetBurials.Set(1, tombstonesBefore.ToUnixTimeMilliseconds()).Set(2, limit).Run();
        forgetSpent.Set(1, pruneFrom).Set(2, pruneFrom + OwnersPerPruning)
            .Set(3, LedgerFile.FirstPlaceOf(uploadsBefore)).Run();
        pruneFrom += OwnersPerPruning;
        if (pruneFrom > lastOwner.Number())
        {
            pruneFrom = 0;
        }

        return forgotten == limit || pruneFrom > 0;
    }

    public bool Block(byte[] sha256, DateTimeOffset now) =>
        block.Set(1, sha256).Set(2, now.ToUnixTimeMilliseconds()).Run() > 0;

    public int Adopt(IReadOnlyList<LedgerEntry> found)
    {
        var adopted = 0;
        foreach (var entry in found)
        {
            if (find.Set(1, entry.Key).Number() is null && findBurial.Set(1, HashOf(entry.Key)).Number() is null)
            {
                TryInsert(entry);
                adopted++;
            }
        }

        return adopted;
    }

    public void Note(string name, string? value)
    {
        var statement = value is null ? dropNote.Set(1, name) : setNote.Set(1, name).Set(2, value);
        statement.Run();
    }
}
