namespace HmacFileServer.Telemetry;

/// <summary>Counts what happens, and says when it is time to log it again.</summary>
internal sealed class OncePerMinute(TimeProvider time)
{
    private static readonly long Minute = TimeSpan.FromMinutes(1).Ticks;

    private long count;
    private long nextAt;

    /// <summary>How often it has happened.</summary>
    public long Count => Interlocked.Read(ref count);

    /// <summary>It has happened once more.</summary>
    /// <returns>Whether the last log line about it is a minute old.</returns>
    public bool Add(out long total)
    {
        total = Interlocked.Increment(ref count);
        var now = time.GetUtcNow().UtcTicks;
        var due = Interlocked.Read(ref nextAt);
        return now >= due && Interlocked.CompareExchange(ref nextAt, now + Minute, due) == due;
    }
}
