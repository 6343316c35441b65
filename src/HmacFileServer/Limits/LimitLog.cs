using System.Collections.Concurrent;
using System.Net;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Limits;

/// <summary>Says which limit was reached, once a minute for each: a flood must not become one of the log.</summary>
internal sealed class LimitLog(TimeProvider time, ServerMetrics metrics, ILogger<LimitLog> log)
{
    private static readonly long Minute = TimeSpan.FromMinutes(1).Ticks;

    private readonly ConcurrentDictionary<string, Told> limits = new(StringComparer.Ordinal);

    /// <summary>How often each limit was reached.</summary>
    public IEnumerable<KeyValuePair<string, long>> Counts =>
        limits.Select(limit => KeyValuePair.Create(limit.Key, Interlocked.Read(ref limit.Value.Count)));

    /// <param name="limit">A key of [limits], or the name of a limit that has none.</param>
    public void Reached(string limit, IPAddress? address)
    {
        metrics.LimitReached(limit);
        var told = limits.GetOrAdd(limit, static _ => new Told());
        var count = Interlocked.Increment(ref told.Count);
        var now = time.GetUtcNow().UtcTicks;
        var due = Interlocked.Read(ref told.NextAt);
        if (now >= due && Interlocked.CompareExchange(ref told.NextAt, now + Minute, due) == due)
        {
            log.LimitReached(limit, address?.ToString() ?? "unix", count);
        }
    }

    private sealed class Told
    {
        public long Count;
        public long NextAt;
    }
}
