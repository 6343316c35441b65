using System.IO.Pipelines;
using System.Text;
using HmacFileServer.Http;
using HmacFileServer.Http.Listening;
using HmacFileServer.Ledger;
using HmacFileServer.Settings;
using HmacFileServer.Slots;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Uploads;
using Microsoft.AspNetCore.Http.Features;

namespace HmacFileServer.Doctor.Arrival;

/// <summary>
/// The server's side of <c>check --probe</c>: tells the holder of the secret how a request arrived, above all how long
/// its body took after its head. Stores nothing; deletes what the probe has stored under the reserved name. Anybody
/// else meets the server as if this were not there.
/// </summary>
internal sealed class ProbeEndpoint(LiveSettings settings, Eraser eraser, TimeProvider time)
{
    public const long MaxBody = 8 << 20;

    public async Task AnswerAsync(HttpContext http, RequestDelegate next)
    {
        var query = http.Request.QueryString.Value;
        if (query is null || !query.Contains("probe=", StringComparison.Ordinal)
            || !RequestTarget.TryParse(
                http, http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, out var target)
            || Key(target) is not { } key
            || !ProbePass.Verify(settings.Current.Security, http.Request.Method, key, target, time.GetUtcNow()))
        {
            await next(http);
            return;
        }

        var result = http.Request.Method switch
        {
            "PUT" => await MeasureAsync(http, target),
            "DELETE" => await DeleteAsync(http, key, target),
            _ => Refusal.MethodNotAllowed,
        };
        await result.ExecuteAsync(http);
    }

    /// <summary>
    /// From the reserved name on, wherever it stands: a path that the proxy has changed must be told, not refused.
    /// </summary>
    private static string? Key(RequestTarget target)
    {
        var path = Encoding.UTF8.GetString(target.Path);
        var start = path.IndexOf("/" + ProbePass.Reserved, StringComparison.Ordinal);
        return start < 0 ? null : path[(start + 1)..];
    }

    private async Task<IResult> MeasureAsync(HttpContext http, RequestTarget target)
    {
        var head = time.GetTimestamp();
        var bytes = 0L;
        while (true)
        {
            var read = await ReadAsync(http.Request.BodyReader);
            bytes += read.Buffer.Length;
            http.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (bytes > MaxBody)
            {
                return Refusal.TooLarge;
            }

            if (read.IsCompleted)
            {
                break;
            }
        }

        var arrival = new ProbeArrival(
            Encoding.UTF8.GetString(target.Path),
            http.Request.Headers.Authorization.ToString(),
            bytes,
            (long)time.GetElapsedTime(head).TotalMilliseconds)
        {
            ContentType = HeaderText.AsUtf8(http.Request.Headers.ContentType.ToString()),
            RequestId = http.Request.Headers.RequestId.ToString() is { Length: > 0 } id
                ? id
                : http.Request.Headers["X-Request-ID"].ToString(),
        };
        return Results.Bytes(arrival.Write(), "application/json");
    }

    private static async ValueTask<ReadResult> ReadAsync(PipeReader body)
    {
        try
        {
            return await body.ReadAsync(CancellationToken.None); // see UploadBody.WakeBy
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw new ClientLeftException(e);
        }
    }

    /// <summary>
    /// A file in a folder of the probe's; or one of the reserved name that the XMPP server has put into a folder of its
    /// own.
    /// </summary>
    private async Task<IResult> DeleteAsync(HttpContext http, string key, RequestTarget target)
    {
        if (!key.Contains('/', StringComparison.Ordinal))
        {
            var basePath = Encoding.UTF8.GetBytes(settings.Current.Server.BasePath);
            if (!target.Path.AsSpan().StartsWith(basePath)
                || !BlobKey.TryParse(target.Path.AsSpan(basePath.Length), out var whole))
            {
                return Refusal.BadPath;
            }

            key = whole.Text;
        }

        await eraser.EraseAsync([key], BurialReason.Deleted, Actor.Of("check", http));
        return Results.NoContent();
    }
}
