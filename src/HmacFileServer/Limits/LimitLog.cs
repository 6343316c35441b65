using System.Collections.Concurrent;
using System.Net;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Limits;

/// <summary>Says which limit was reached, once a minute for each: a flood must not become one of the log.</summary>
internal sealed class LimitLog(TimeProvider time, ServerMetrics metrics, ILogger<LimitLog> log)
{
    private readonly ConcurrentDictionary<string, OncePerMinute> limits = new(StringComparer.Ordinal);

    /// <summary>How often each limit was reached.</summary>
    public IEnumerable<KeyValuePair<string, long>> Counts =>
        limits.Select(limit => KeyValuePair.Create(limit.Key, limit.Value.Count));

    /// <param name="limit">A key of [limits], or the name of a limit that has none.</param>
    public void Reached(string limit, IPAddress? address)
    {
        metrics.LimitReached(limit);
        if (limits.GetOrAdd(limit, static (_, time) => new OncePerMinute(time), time).Add(out var count))
        {
            log.LimitReached(limit, address?.ToString() ?? "unix", count);
        }
    }
}
