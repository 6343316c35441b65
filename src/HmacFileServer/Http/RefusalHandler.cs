using HmacFileServer.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;

namespace HmacFileServer.Http;

/// <summary>
/// Turns what an endpoint threw into its answer. Nothing swallows the failure of a body read: an endpoint that returned normally
/// after one would answer 200, and the client would believe that its file had arrived.
/// </summary>
internal sealed class RefusalHandler(ILogger<RefusalHandler> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken cancel)
    {
        if (Refusal.IsDeparture(exception) || exception is ConnectionResetException)
        {
            http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest; // for the framework's metrics alone
            http.Abort();                                                        // there is nothing to read on from
            return true;
        }

        var refusal = Refusal.From(exception);
        if (refusal == Refusal.Internal)
        {
            log.Failed(exception, http.Request.Method);
        }

        await refusal.ExecuteAsync(http);
        return true;
    }
}
