using HmacFileServer.Doctor.Report;
using HmacFileServer.Slots;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Doctor.Arrival;

/// <summary>
/// Notices in passing that a proxy stores uploads before it passes them on: counts every sign of it, and says so in the
/// log once a day, with what to do.
/// </summary>
internal sealed class BufferingWatch(TimeProvider time, ServerMetrics metrics, ILogger<BufferingWatch> log)
{
    private const long LongestGuess = 1 << 20;              // less than that tells nothing
    private const long FastEnough = 8 << 20;                // below, a single packet more or less decides
    private const double FasterThanLines = 150e6;           // bytes a second: over a gigabit line, and so from a disk
    // clients upload as soon as they have their slot
    private static readonly TimeSpan OldToken = TimeSpan.FromSeconds(60);

    private readonly DailyHint hint = new(time);
    private int signs;

    public int Signs => Volatile.Read(ref signs);

    /// <summary>The last one in words; null when there was none.</summary>
    public string? LastSign { get; private set; }

    /// <summary>A token that died on its way: the client began in time, and a proxy kept the upload.</summary>
    public void Expired(long? length)
    {
        if (length >= LongestGuess)
        {
            Noticed("expired", $"an upload of {Words.Size(length.Value)} came with a token that had expired");
        }
    }

    /// <summary>An upload that took <paramref name="body"/> from its head to its end.</summary>
    public void Stored(SlotTerms terms, DateTimeOffset arrivedAt, TimeSpan body)
    {
        var age = arrivedAt - (terms.IssuedAt ?? arrivedAt);

        // A client that tries again has an old token, too; but then its body takes as long as before.
        if (terms.Length >= LongestGuess && age > OldToken && body < age / 10)
        {
            Noticed(
                "token-age",
                $"{Words.Size(terms.Length)} came {Words.Time(age)} after their slot was issued, and then within "
                    + $"{Words.Time(body)}");
        }
        else if (terms.Length >= FastEnough && body > TimeSpan.Zero
            && terms.Length / body.TotalSeconds > FasterThanLines)
        {
            Noticed("speed",
                $"{Words.Size(terms.Length)} came within {Words.Time(body)}, faster than clients' lines are");
        }
    }

    private void Noticed(string sign, string what)
    {
        metrics.Buffered(sign);
        Interlocked.Increment(ref signs);
        LastSign = what;
        if (hint.IsDue())
        {
            log.ProxyBuffers(what);
        }
    }
}
