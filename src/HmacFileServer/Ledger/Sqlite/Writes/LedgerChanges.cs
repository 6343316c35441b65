namespace HmacFileServer.Ledger.Sqlite.Writes;

/// <summary>The changes that an upload, a deletion, a sweep make, each a few statements.</summary>
internal sealed partial class LedgerWrites
{
    /// <summary>Each call looks at this many owners' counts of uploads: a small part of the table.</summary>
    private const int OwnersPerPruning = 10_000;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly Flights flights = new();

    private long pruneFrom;

    public Enrolment Enrol(LedgerEntry entry) => Enrol(entry, former: null);

    /// <summary>
    /// No file was there when it was looked for. Its server may publish it all the same, at this moment, so what is
    /// known of it is not thrown away before ours is published.
    /// </summary>
    public Enrolment Replace(LedgerEntry entry)
    {
        var enrolment = Enrol(entry);
        if (enrolment != Enrolment.Known)
        {
            return enrolment;
        }

        return Enrol(entry, Remove(entry.Key));
    }

    /// <summary>
    /// Ends an entry's flight. It is entered again when another server has taken it out: one that started meanwhile and
    /// took it for a crashed one's, or one that was sent the same key and saw no file yet.
    /// </summary>
    public void Confirm(LedgerEntry entry)
    {
        var flight = flights.End(entry.Key);
        if (settle.Set(1, flight?.Place ?? entry.Place).Run() == 1)
        {
            return;
        }

        var place = find.Set(1, entry.Key).Number();
        if (place is null ? IsBuried(entry.Key) : flight is null || place == flight.Place)
        {
            return;
        }

        Remove(entry.Key);
        TryInsert(RowOf(entry), flight?.Place ?? NextPlace(entry));
    }

    /// <summary>
    /// What ours was put in the place of is back, in flight if it was: should its server have given up meanwhile, the
    /// next start tells. When a server that started has ended our flight, for it saw a file, that file is the former
    /// one's; where there is no former one, ours is all that is known of it, and stays.
    /// </summary>
    public void Withdraw(LedgerEntry entry)
    {
        var flight = flights.End(entry.Key);
        var wasInFlight = settle.Set(1, flight?.Place ?? entry.Place).Run() == 1;
        if (flight?.Former is not { } former)
        {
            if (wasInFlight)
            {
                Remove(entry.Key);
            }
        }
        else if (wasInFlight || find.Set(1, entry.Key).Number() == flight.Place)
        {
            Remove(entry.Key);
            PutBack(former);
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
                bytes += removed.Row.Size;
                if (removed.Row.Owner is { } owner && removed.Place >= yesterday)
                {
                    spend.Set(1, owner).Set(2, removed.Place).Set(3, removed.Row.Size).Run();
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
            if (find.Set(1, entry.Key).Number() is null && !IsBuried(entry.Key))
            {
                TryInsert(RowOf(entry), NextPlace(entry));
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

    private Enrolment Enrol(LedgerEntry entry, Removed? former)
    {
        if (IsBuried(entry.Key))
        {
            return Enrolment.Buried;
        }

        if (entry.Sha256 is not null && isBlocked.Set(1, entry.Sha256).Number() is not null)
        {
            return Enrolment.Blocked;
        }

        if (TryInsert(RowOf(entry), NextPlace(entry, former)) is not { } place)
        {
            return Enrolment.Known;
        }

        flights.Begin(entry.Key, new Flight(place, former));
        mark.Set(1, place).Run();
        return Enrolment.Enrolled;
    }

    private bool IsBuried(string key) => findBurial.Set(1, HashOf(key)).Number() is not null;
}
