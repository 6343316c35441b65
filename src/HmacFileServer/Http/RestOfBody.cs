using HmacFileServer.Settings;
using HmacFileServer.Uploads;
using Microsoft.AspNetCore.Http.Features;

namespace HmacFileServer.Http;

/// <summary>
/// What a refused client still sends. Many look for an answer only when all is sent (OkHttp, http.client, and Apache
/// for whoever is behind it), and Kestrel reads on for five seconds at most; then it closes with unread data, and they
/// see a reset or a 502 instead of the reason (RFC 9112 section 9.6). Within bounds: reading what nobody has signed is
/// a courtesy.
/// </summary>
internal static class RestOfBody
{
    // A gibibyte is 9 s at 1 Gbit/s; 2 minutes are 15 MB at 1 Mbit/s.
    public const long MostOfUnsigned = 1L << 30;
    public static readonly TimeSpan LongestOfUnsigned = TimeSpan.FromMinutes(2);

    // Who has a slot is a user of ours, and waits for a reason: over quota, too large, too late. 4.5 GB at 10 Mbit/s.
    public const long MostOfSigned = 16L << 30;
    public static readonly TimeSpan LongestOfSigned = TimeSpan.FromHours(1);

    // Over HTTP/2 the end of the stream stops a client that does not look (libsoup, OkHttp), and the answer stays good
    // (RFC 9113 section 8.1). Not at once: curl 7.88 takes an answer and its end in one for a failure while it sends.
    private static readonly TimeSpan LongestOverHttp2 = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30); // as lingering_timeout in deploy/nginx
    private static readonly object Signed = new();

    // Of a chunked body what came with the head, and that it ends there, are two.
    private const int MostAtOnce = 3;

    /// <summary>The request carries a good signature: its sender is heard out for longer.</summary>
    public static void MarkSigned(HttpContext http) => http.Items[Signed] = Signed;

    /// <summary>
    /// Whether a request's body has not come to its end: then what follows on the connection is not the next request.
    /// What is there is read and forgotten. Reading a body that its sender holds back would ask for it.
    /// </summary>
    public static bool IsUnread(HttpContext http)
    {
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return false;
        }

        if (http.Request.Headers.Expect.Count > 0)
        {
            return true;
        }

        try
        {
            var reader = http.Request.BodyReader;
            var isUnread = true;
            for (var read = 0; isUnread && read < MostAtOnce && reader.TryRead(out var result); read++)
            {
                reader.AdvanceTo(result.Buffer.End);
                isUnread = !result.IsCompleted;
            }

            return isUnread;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            return true; // cut short, malformed, or left by the client
        }
    }

    /// <summary>
    /// Reads and forgets, after the answer went out. Who asked before sending was told that the connection ends, and
    /// closes it; some send all the same.
    /// </summary>
    public static async Task SkipAsync(HttpContext http)
    {
        var (most, longest) = http.Items.ContainsKey(Signed)
            ? (MostOfSigned, LongestOfSigned)
            : (MostOfUnsigned, LongestOfUnsigned);
        var isHttp2 = HttpProtocol.IsHttp2(http.Request.Protocol);
        var time = http.RequestServices.GetRequiredService<TimeProvider>();
        var stopping = http.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var pace = Pace(http);
        using var patience = new CancellationTokenSource(isHttp2 ? LongestOverHttp2 : longest, time);
        using var silence = new CancellationTokenSource(pace.Silence, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            patience.Token, silence.Token, stopping, http.RequestAborted);
        try
        {
            var reader = http.Request.BodyReader;
            await using var wake = UploadBody.WakeBy(reader, end.Token);
            var budget = pace.Patience;
            var isWhole = false;
            for (var left = most; !isWhole && left > 0 && budget > TimeSpan.Zero && !end.IsCancellationRequested;)
            {
                var since = time.GetTimestamp();
                var read = await reader.ReadAsync(CancellationToken.None);
                left -= read.Buffer.Length;
                isWhole = read.IsCompleted;
                budget = Least(budget - time.GetElapsedTime(since) + pace.EarnedBy(read.Buffer.Length), pace.Patience);
                reader.AdvanceTo(read.Buffer.End);
                silence.CancelAfter(pace.Silence);
            }

            if (!isWhole && !isHttp2 && !stopping.IsCancellationRequested)
            {
                http.Abort(); // or Kestrel would read on for its five seconds
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client has left, or the body is malformed. After a read that failed Kestrel can't go on reading.
            http.Abort();
        }
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>As of an upload: who sends a byte now and then is never silent.</summary>
    private static UploadPace Pace(HttpContext http)
    {
        var rules = http.RequestServices.GetRequiredService<LiveSettings>().Current;
        return new UploadPace(
            Least(LongestSilence, rules.Timeouts.ReadTimeout.Time), rules.Limits.MinUploadRate.Bytes);
    }
}
