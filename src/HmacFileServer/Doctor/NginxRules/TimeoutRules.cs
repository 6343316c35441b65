using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.NginxRules;

/// <summary>How much silence nginx bears. None of these limits a whole upload, whatever is said of them.</summary>
internal static class TimeoutRules
{
    private const double Default = 60;                                          // all four, and since 0.7
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(60);        // Dino, Monal and Siskin wait as long
    private static readonly TimeSpan Good = TimeSpan.FromSeconds(300);          // as the server's own read_timeout

    private static readonly (string Name, string Code, string What)[] Timeouts =
    [
        ("client_body_timeout", "nginx-client-body-timeout",
            "a phone that sends nothing for so long (a tunnel, another network) is cut off: 408, or just a closed "
                + "connection"),
        ("proxy_read_timeout", "nginx-proxy-read-timeout",
            "when the server needs so long for its answer after the last byte, the client gets \"504 Gateway "
                + "Time-out\""),
        ("proxy_send_timeout", "nginx-proxy-send-timeout",
            "when a busy disk stops the server from reading for so long, the client gets \"504 Gateway Time-out\""),
        ("send_timeout", "nginx-send-timeout",
            "a download to a phone that takes nothing for so long is cut off"),
    ];

    public static IEnumerable<Finding> Find(Upload upload)
    {
        foreach (var (name, code, what) in Timeouts)
        {
            var time = upload.Location.Time(name, Default);
            if (time < Good)
            {
                yield return upload.About(
                    time < Patient ? Severity.Warning : Severity.Note, code, name,
                    $"nginx bears only {Words.Time(time)} of silence ({name})",
                    $"{upload.Is(name, "60s")}: {what}. It is not the time an upload may take.",
                    $"{name} 300s;");
            }
        }

        if (upload.Location.Time("proxy_connect_timeout", Default) is var connect && connect < TimeSpan.FromSeconds(3))
        {
            yield return upload.About(
                Severity.Warning, "nginx-proxy-connect-timeout", "proxy_connect_timeout",
                $"nginx waits only {Words.Time(connect)} for a connection to the server",
                "While the server is busy or restarts, clients get \"504 Gateway Time-out\".",
                "proxy_connect_timeout 10s;");
        }

        if (upload.Location.Value("lingering_close", "on") == "off")
        {
            yield return upload.About(
                Severity.Warning, "nginx-lingering-close", "lingering_close",
                "nginx closes on a client that is still sending",
                "When an upload is refused, the client sees a broken connection in place of the reason.",
                "lingering_close on;");
        }

        var (time1, time2) = (upload.Location.Time("lingering_time", 30), upload.Location.Time("lingering_timeout", 5));
        if (time1 < TimeSpan.FromSeconds(60))
        {
            yield return upload.About(
                Severity.Note, "nginx-lingering-time", "lingering_time",
                $"After a refusal nginx listens on for {Words.Time(time1)}",
                $"{upload.Is("lingering_time", "30s")}: a slow client that looks for the answer later finds a broken "
                    + "connection.",
                "lingering_time 300s;");
        }

        if (time2 < TimeSpan.FromSeconds(10))
        {
            yield return upload.About(
                Severity.Note, "nginx-lingering-timeout", "lingering_timeout",
                $"After a refusal nginx bears {Words.Time(time2)} of silence",
                $"{upload.Is("lingering_timeout", "5s")}: a client on a bad line finds a broken connection in place of "
                    + "the reason.",
                "lingering_timeout 30s;");
        }
    }
}
