using Microsoft.AspNetCore.Connections.Features;

namespace HmacFileServer.Http;

/// <summary>
/// The answer to a client that is gone: none. Ends what is left of the exchange, too: Kestrel would look for a next
/// request on the connection, trip over the read that failed, and log that as its own error.
/// </summary>
internal sealed class Departure : IResult
{
    public static readonly Departure Result = new();

    private Departure()
    {
    }

    public Task ExecuteAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest; // for the framework's metrics alone
        if (HttpProtocol.IsHttp11(http.Request.Protocol))
        {
            http.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }

        http.Abort();
        return Task.CompletedTask;
    }
}
