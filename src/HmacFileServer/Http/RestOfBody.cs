using System.IO.Pipelines;

namespace HmacFileServer.Http;

/// <summary>
/// What a refused client still sends. Many look for an answer only when all is sent (OkHttp, http.client), and Kestrel
/// reads on for five seconds at most; then it closes with unread data, and they see a reset instead of the reason (RFC
/// 9112 section 9.6).
/// </summary>
internal static class RestOfBody
{
    // 75 MB at 10 Mbit/s. Who sends longer does it in vain, and is better stopped.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Reads and forgets, after the answer went out. HTTP/2 needs none of it: there a stream is ended alone.
    /// </summary>
    public static async Task SkipAsync(HttpContext http)
    {
        if (!HttpProtocol.IsHttp11(http.Request.Protocol) || http.Request.Headers.Expect.Count > 0)
        {
            return; // who asks before sending sends nothing now
        }

        var stopping = http.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var time = http.RequestServices.GetRequiredService<TimeProvider>();
        using var patience = new CancellationTokenSource(Longest, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping, http.RequestAborted);
        try
        {
            ReadResult read;
            do
            {
                read = await http.Request.BodyReader.ReadAsync(end.Token);
                http.Request.BodyReader.AdvanceTo(read.Buffer.End);
            }
            while (!read.IsCompleted);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client has left, or time is up, or the body had been given up already: Kestrel ends the connection.
        }
    }
}
