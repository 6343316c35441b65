using HmacFileServer.Storage;

namespace HmacFileServer.Telemetry;

/// <summary><c>GET /health</c>: "ok", or 503 when the store can't be written. For load balancers and containers.</summary>
internal sealed class HealthEndpoint(DiskBlobStore store, TimeProvider time, ILogger<HealthEndpoint> log)
{
    public const string Path = "/health";

    // Anybody may ask, and each probe makes a file: not more often than this.
    private static readonly TimeSpan Holds = TimeSpan.FromSeconds(1);

    private readonly Lock probing = new();
    private DateTimeOffset probedAt = DateTimeOffset.MinValue;
    private bool good = true;

    public IResult Get() => IsGood()
        ? Results.Text("ok\n")
        : Results.Text("the store can't be written\n", statusCode: StatusCodes.Status503ServiceUnavailable);

    private bool IsGood()
    {
        lock (probing)
        {
            var now = time.GetUtcNow();
            if (now - probedAt >= Holds)
            {
                var failure = Probe();
                Tell(failure);
                good = failure is null;
                probedAt = now;
            }

            return good;
        }
    }

    private Exception? Probe()
    {
        try
        {
            store.Probe();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e;
        }
    }

    /// <summary>Only what is new: load balancers ask every few seconds.</summary>
    private void Tell(Exception? failure)
    {
        if (failure is null && !good)
        {
            log.StoreWritable();
        }
        else if (failure is not null && good)
        {
            log.StoreUnwritable(failure);
        }
    }
}
