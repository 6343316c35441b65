namespace HmacFileServer.Doctor.Arrival;

/// <summary>Says yes once a day, to one of many who ask at the same time.</summary>
internal sealed class DailyHint(TimeProvider time)
{
    private static readonly long Day = TimeSpan.FromDays(1).Ticks;

    private long next;

    public bool IsDue()
    {
        var now = time.GetUtcNow().UtcTicks;
        var due = Interlocked.Read(ref next);
        return now >= due && Interlocked.CompareExchange(ref next, now + Day, due) == due;
    }
}
