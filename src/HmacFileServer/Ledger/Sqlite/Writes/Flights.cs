namespace HmacFileServer.Ledger.Sqlite.Writes;

/// <summary>
/// The entries that this process has in flight, so that a confirmation needs no look-up. They are again what they were
/// when the transaction that changed them is rolled back: it may be made again, in parts.
/// </summary>
internal sealed class Flights
{
    private readonly Dictionary<string, Flight> flights = new(StringComparer.Ordinal);
    private readonly List<(string Key, Flight? Before)> changed = []; // in this transaction

    public void Begin(string key, Flight flight)
    {
        changed.Add((key, flights.TryGetValue(key, out var before) ? before : null));
        flights[key] = flight;
    }

    /// <returns>Null when it is none of ours.</returns>
    public Flight? End(string key)
    {
        if (!flights.Remove(key, out var flight))
        {
            return null;
        }

        changed.Add((key, flight));
        return flight;
    }

    public void Commit() => changed.Clear();

    public void Rollback()
    {
        for (var last = changed.Count - 1; last >= 0; last--)
        {
            var (key, before) = changed[last];
            if (before is null)
            {
                flights.Remove(key);
            }
            else
            {
                flights[key] = before;
            }
        }

        changed.Clear();
    }
}

/// <param name="Place">The entry's.</param>
/// <param name="Former">What it was put in the place of, and what is put back when its file is not published.</param>
internal sealed record Flight(long Place, LedgerWrites.Removed? Former);
