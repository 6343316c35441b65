using HmacFileServer.Http.Wire;
using HmacFileServer.Limits;
using HmacFileServer.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;

namespace HmacFileServer.Http;

/// <summary>
/// Turns what an endpoint threw into its answer. Nothing swallows the failure of a body read: an endpoint that returned
/// normally after one would answer 200, and the client would believe that its file had arrived.
/// </summary>
internal sealed class RefusalHandler(CorsSetup cors, LimitLog limits, ILogger<RefusalHandler> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken cancel)
    {
        RequestId.Tell(http);
        cors.Tell(http);
        if (Refusal.IsDeparture(exception) || exception is ConnectionResetException)
        {
            return true; // nobody is there to be answered
        }

        var refusal = Refusal.From(exception);
        if (refusal == Refusal.Busy)
        {
            limits.Reached("open_files", http.Connection.RemoteIpAddress);
        }

        if (refusal == Refusal.Internal)
        {
            await Poller.Leave(); // an error is written before its event returns
            log.Failed(exception, http.Request.Method);
        }

        await refusal.ExecuteAsync(http);
        return true;
    }
}
