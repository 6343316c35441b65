using HmacFileServer.Doctor.Report;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Doctor.Arrival;

/// <summary>
/// Notices in passing that a timeout of a proxy ends uploads. People leave at any second; who leaves at sixty sharp,
/// and again at sixty sharp, is a program. Counts every sign of it, and says so in the log once a day, with what to do.
/// </summary>
internal sealed class CutOffWatch(TimeProvider time, ServerMetrics metrics, ILogger<CutOffWatch> log)
{
    private static readonly TimeSpan Sharp = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan StillFlowing = TimeSpan.FromSeconds(2);

    /// <summary>What proxies come with, and what people write. 300 s is what we recommend, and no finding.</summary>
    private static readonly int[] Usual = [10, 15, 20, 30, 40, 45, 50, 60, 75, 90, 100, 120, 180, 240];

    private readonly DailyHint hint = new(time);
    private readonly int[] silences = new int[Usual.Length];
    private readonly int[] durations = new int[Usual.Length];

    /// <summary>An upload whose connection broke before its end.</summary>
    /// <param name="silence">How long nothing had come by then.</param>
    /// <param name="duration">Since its head.</param>
    public void BrokenOff(TimeSpan silence, TimeSpan duration)
    {
        if (Limit(silence) is { } quiet)
        {
            Noticed("silence", silences, quiet, $"uploads are broken off after just {Usual[quiet]} s of silence");
        }
        else if (silence < StillFlowing && Limit(duration) is { } whole)
        {
            Noticed("duration", durations, whole,
                $"uploads are broken off {Usual[whole]} s after their begin, while they still flow");
        }
    }

    private static int? Limit(TimeSpan time)
    {
        var index = Array.FindIndex(Usual, usual => (time - TimeSpan.FromSeconds(usual)).Duration() <= Sharp);
        return index < 0 ? null : index;
    }

    /// <summary>Once may be chance.</summary>
    private void Noticed(string sign, int[] counts, int index, string what)
    {
        var count = Interlocked.Increment(ref counts[index]);
        if (count < 2)
        {
            return;
        }

        metrics.CutByProxy(sign);
        if (hint.IsDue())
        {
            log.ProxyCuts(what + $" ({Words.Count(count, "time")} since the start)");
        }
    }
}
