namespace HmacFileServer.Limits;

/// <summary>
/// Who has asked how often: a minute's worth at once, and then as it grows back. A bucket each, kept as the one instant
/// at which it will be full again (the generic cell rate algorithm). The table has two halves and forgets the older
/// when the newer is full or a minute old: by then that bucket is full, and as good as none. So no flood makes it
/// larger, and nothing sweeps it.
/// </summary>
/// <remarks>
/// PartitionedRateLimiter of .NET keeps a limiter with its lock and clock for each client, for ten seconds past its
/// need, has no bound, and visits them all ten times a second: docs/decisions/0012.
/// </remarks>
internal sealed class RateTable<TClient>(int mostClients, TimeProvider time)
    where TClient : notnull
{
    private readonly Lock counting = new();
    private readonly long start = time.GetTimestamp();
    private Dictionary<TClient, TimeSpan> fresh = [];
    private Dictionary<TClient, TimeSpan> old = [];
    private TimeSpan freshSince;

    private static TimeSpan Minute => TimeSpan.FromMinutes(1);

    /// <summary>Clients remembered, for tests and <c>status</c>.</summary>
    public int Count
    {
        get
        {
            lock (counting)
            {
                return fresh.Count + old.Count;
            }
        }
    }

    /// <param name="perMinute">0 for no limit.</param>
    /// <returns>Zero when the client may; else how long until he may.</returns>
    public TimeSpan Take(TClient client, int perMinute)
    {
        if (perMinute == 0)
        {
            return TimeSpan.Zero;
        }

        lock (counting)
        {
            // not the wall clock: set back by an hour, it would refuse for an hour
            var now = time.GetElapsedTime(start);
            Forget(now);
            var fullAt = fresh.TryGetValue(client, out var known) || old.TryGetValue(client, out known) ? known : now;
            var next = (fullAt > now ? fullAt : now) + (Minute / perMinute);
            if (next - now > Minute)
            {
                return next - now - Minute;
            }

            fresh[client] = next;
            return TimeSpan.Zero;
        }
    }

    private void Forget(TimeSpan now)
    {
        if (now - freshSince < Minute && fresh.Count < mostClients)
        {
            return;
        }

        (old, fresh) = (fresh, []);
        freshSince = now;
    }
}
