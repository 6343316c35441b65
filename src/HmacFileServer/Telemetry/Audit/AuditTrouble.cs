namespace HmacFileServer.Telemetry.Audit;

/// <summary>
/// What becomes of a line that could not be written: each is counted, and the reason told once for a while.
/// </summary>
internal sealed class AuditTrouble(ServerMetrics metrics, ILogger<AuditLog> log)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly Lock telling = new();
    private long? told;

    public void Tell(Exception reason)
    {
        metrics.AuditFailed();
        lock (telling)
        {
            if (told is { } before && TimeProvider.System.GetElapsedTime(before) < Quiet)
            {
                return;
            }

            told = TimeProvider.System.GetTimestamp();
        }

        log.AuditFailed(reason);
    }
}
