using HmacFileServer.Http;
using HmacFileServer.Uploads;

namespace HmacFileServer.Downloads;

/// <summary>
/// The body of a GET over HTTP/2 whose headers did not end its stream. Node, python-h2 and curl end it with an empty DATA
/// frame, which makes the request whole (RFC 9113 section 8.1); a body with content has no meaning in a GET (RFC 9110
/// section 9.3.1).
/// </summary>
internal static class EmptyBody
{
    /// <returns>Null when the body ended without a byte; or why there is no answer but this.</returns>
    public static async ValueTask<IResult?> RequireAsync(HttpContext http, TimeSpan patience, TimeProvider time)
    {
        if (http.Request.ContentLength > 0)
        {
            return Refusal.BadRequest;
        }

        using var limit = new CancellationTokenSource(patience, time);
        var reader = http.Request.BodyReader;
        await using var wake = UploadBody.WakeBy(reader, limit.Token);
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(CancellationToken.None);
                var isEmpty = read.Buffer.IsEmpty;
                reader.AdvanceTo(read.Buffer.End);
                if (!isEmpty)
                {
                    return Refusal.BadRequest;
                }

                if (read.IsCompleted)
                {
                    return null;
                }

                if (limit.IsCancellationRequested)
                {
                    return Refusal.TooSlow;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return Departure.Result; // the client has reset the stream
        }
    }
}
