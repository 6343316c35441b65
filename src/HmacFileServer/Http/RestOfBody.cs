using System.IO.Pipelines;

namespace HmacFileServer.Http;

/// <summary>
/// What a refused client still sends. Many look for an answer only when all is sent (OkHttp, http.client, and Apache
/// for whoever is behind it), and Kestrel reads on for five seconds at most; then it closes with unread data, and they
/// see a reset or a 502 instead of the reason (RFC 9112 section 9.6).
/// </summary>
internal static class RestOfBody
{
    // 4.5 GB at 10 Mbit/s. Who sends longer does it in vain, and is better stopped.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30); // as lingering_timeout in deploy/nginx

    // Over HTTP/2 the end of the stream stops a client that does not look (libsoup, OkHttp), and the answer stays good
    // (RFC 9113 section 8.1). Not at once: curl 7.88 takes an answer and its end in one for a failure while it sends.
    private static readonly TimeSpan LongestOverHttp2 = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Reads and forgets, after the answer went out. Who asked before sending was told that the connection ends, and
    /// closes it; some send all the same.
    /// </summary>
    public static async Task SkipAsync(HttpContext http)
    {
        var stopping = http.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var time = http.RequestServices.GetRequiredService<TimeProvider>();
        var longest = HttpProtocol.IsHttp11(http.Request.Protocol) ? Longest : LongestOverHttp2;
        using var patience = new CancellationTokenSource(longest, time);
        using var silence = new CancellationTokenSource(LongestSilence, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            patience.Token, silence.Token, stopping, http.RequestAborted);
        try
        {
            ReadResult read;
            do
            {
                read = await http.Request.BodyReader.ReadAsync(end.Token);
                http.Request.BodyReader.AdvanceTo(read.Buffer.End);
                silence.CancelAfter(LongestSilence);
            }
            while (!read.IsCompleted);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client has left, or time is up, or the body had been given up already: Kestrel ends the connection.
        }
    }
}
