using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;

namespace HmacFileServer.Doctor.Clients;

/// <summary>Who does not survive an upload, and why.</summary>
/// <param name="Letter">Stands for it in the table.</param>
internal sealed record Death(char Letter, string Who, string Why);

/// <summary>The upload arithmetic for these settings and this proxy.</summary>
internal sealed class Reckoning(ServerSettings settings, ProxyLimits proxy)
{
    private const double RoundTrip = 0.1;              // seconds: a phone, or another continent
    // bytes a second at which a proxy copies a stored upload, disk to disk
    private const double CopyRate = 200 << 20;

    public TimeSpan Duration(ClientFacts client, UploadCase upload)
    {
        var rate = client.SpeaksHttp2 && proxy.Http2Window is { } window
            ? Math.Min(upload.BytesPerSecond, window / RoundTrip)
            : upload.BytesPerSecond;
        return UploadCase.Seconds(upload.Bytes / rate);
    }

    /// <summary>Whatever ends the upload, for everybody and for single clients.</summary>
    public IEnumerable<Death> Deaths(UploadCase upload) =>
        Everybody(upload).Concat(KnownClients.All.SelectMany(client => Client(client, upload)));

    /// <summary>Whatever ends the upload of this client.</summary>
    public IEnumerable<Death> Deaths(ClientFacts client, UploadCase upload) =>
        Everybody(upload).Concat(Client(client, upload));

    /// <returns>Bytes a second; 0 for any line, null when no line is fast enough.</returns>
    public double? LeastRate(ClientFacts client, long bytes)
    {
        if (TooLarge(bytes) is not null
            || (CopyTime(bytes) is { } copy && client.Answer is { } answer && copy > answer))
        {
            return null;
        }

        var least = client.LeastRate(bytes);
        if (proxy is { StoresFirst: true, SpeaksHttp2: true }
            && client is { SpeaksHttp2: true, SilentWhileSending: { } silence })
        {
            least = Math.Max(least, bytes / silence.TotalSeconds);
        }

        return least;
    }

    private IEnumerable<Death> Everybody(UploadCase upload)
    {
        if (TooLarge(upload.Bytes) is { } large)
        {
            yield return large;
        }

        var validity = settings.Security.HmacValidity.Time;
        if (proxy.StoresFirst && upload.Duration > validity && settings.Security.Schemes.Contains("jwt"))
        {
            yield return new Death('J', "slots of mod_http_file_share",
                $"the proxy stores first, and the token is older than hmac_validity ({settings.Security.HmacValidity}) "
                    + "by then");
        }

        if (proxy.StoresFirst && proxy.AnswerSilence is { } patience && CopyTime(upload.Bytes) > patience)
        {
            yield return new Death('P', "everybody",
                $"the proxy copies for longer than its own {Words.Time(patience)}");
        }
    }

    private IEnumerable<Death> Client(ClientFacts client, UploadCase upload)
    {
        if (proxy is { StoresFirst: true, SpeaksHttp2: true }
            && client is { SpeaksHttp2: true, SilentWhileSending: { } silence } && upload.Duration > silence)
        {
            yield return new Death('D', client.Name,
                $"the proxy stores first, and over HTTP/2 sends nothing for {Words.Time(silence)}");
        }

        if (client.WritePart is not null && upload.BytesPerSecond < client.LeastRate(upload.Bytes))
        {
            yield return new Death('G', client.Name,
                "1 % of the file does not go out within 30 s: size/3000 bytes a second are needed");
        }

        if (client.Total is { } total && Duration(client, upload) > total)
        {
            yield return new Death(client.Total < TimeSpan.FromMinutes(1) ? 'M' : 'A', client.Name,
                $"all in all it may take {Words.Time(total)}");
        }

        if (CopyTime(upload.Bytes) is { } copy && client.Answer is { } answer && copy > answer)
        {
            yield return new Death('W', client.Name,
                $"waits {Words.Time(answer)} for the answer, while the proxy copies the file on");
        }
    }

    private Death? TooLarge(long bytes)
    {
        if (proxy.MaxBody is { } most && bytes > most)
        {
            return new Death('X', "everybody", $"{proxy.Name} takes at most {Words.Size(most)}: 413");
        }

        var ours = settings.Server.MaxUploadSize.Bytes;
        return bytes > ours ? new Death('S', "everybody", $"max_upload_size is {Words.Size(ours)}: 413") : null;
    }

    private TimeSpan? CopyTime(long bytes) => proxy.StoresFirst ? UploadCase.Seconds(bytes / CopyRate) : null;
}
