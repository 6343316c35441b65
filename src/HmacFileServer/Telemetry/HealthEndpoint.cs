using HmacFileServer.Storage;

namespace HmacFileServer.Telemetry;

/// <summary><c>GET /health</c>: "ok", or 503 when the store can't be written. For load balancers and containers.</summary>
internal sealed class HealthEndpoint(DiskBlobStore store, ILogger<HealthEndpoint> log)
{
    public const string Path = "/health";

    public IResult Get()
    {
        try
        {
            store.Probe();
            return Results.Text("ok\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.StoreUnwritable(e);
            return Results.Text("the store can't be written\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
