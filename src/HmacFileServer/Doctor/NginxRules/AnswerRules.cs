using HmacFileServer.Doctor.Nginx;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.NginxRules;

/// <summary>What nginx does to headers and answers on their way.</summary>
internal static class AnswerRules
{
    public static IEnumerable<Finding> Find(Upload upload)
    {
        foreach (var name in (string[])["gzip", "brotli", "zstd"])
        {
            if (upload.Location.IsOn(name, otherwise: false))
            {
                yield return upload.About(
                    Severity.Warning, "nginx-compression", name,
                    $"nginx compresses downloads ({name})",
                    "A compressed answer has no Content-Length: Conversations and Monal then don't show the file, and "
                    + "Gajim takes at most 1 MB of it.",
                    $"{name} off;");
            }
        }

        if (upload.Location.IsOn("proxy_intercept_errors", otherwise: false))
        {
            yield return upload.About(
                Severity.Warning, "nginx-intercept-errors", "proxy_intercept_errors",
                "nginx puts pages of its own in place of the server's answers",
                "With an error_page, the reason of a refusal (403, 413, 507) never reaches the client, or becomes a "
                    + "redirect.",
                "proxy_intercept_errors off;");
        }

        if (upload.Location.IsOn("proxy_buffering", otherwise: true)
            && upload.Location.Size("proxy_max_temp_file_size", 1L << 30) > 0)
        {
            yield return upload.About(
                Severity.Note, "nginx-proxy-buffering", "proxy_buffering",
                "nginx copies downloads to temporary files",
                $"{upload.Is("proxy_buffering", "on")}: up to 1 GB of each download is written to the disk once more.",
                "proxy_buffering off;");
        }

        if (upload.Route.Pass is { } pass && upload.Routes.UpstreamServers(pass).Count > 1
            && upload.Location.Value("proxy_next_upstream", "error timeout") != "off")
        {
            yield return upload.About(
                Severity.Warning, "nginx-next-upstream", "proxy_next_upstream",
                "nginx may send a failed upload to another server again",
                "A PUT counts as repeatable: after an error or a timeout the next server of the upstream gets the same "
                    + "upload.",
                "proxy_next_upstream off;");
        }

        foreach (var finding in Headers(upload).Concat(Log(upload)))
        {
            yield return finding;
        }
    }

    private static IEnumerable<Finding> Headers(Upload upload)
    {
        var tokens = upload.Settings.Security.Schemes.Contains("jwt");
        var severity = tokens ? Severity.Failure : Severity.Note;
        const string Effect = "The token of Prosody's mod_http_file_share travels in that header. Without it every "
            + "such upload is refused with 401 or 403. (URLs with ?v= and ?v2= need no header.)";
        foreach (var header in upload.Location.FindAll("proxy_set_header").Where(header => header.Arguments.Count == 2
            && header.Argument.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
            && header.Arguments[1] != "$http_authorization"))
        {
            yield return new Finding(severity, "nginx-authorization-stripped", Link.Proxy,
                "nginx replaces the Authorization header of uploads")
            {
                Effect = Effect,
                Place = header.Place,
                Edit = header.Become("proxy_set_header Authorization $http_authorization;"),
            };
        }

        if (!upload.Location.IsOn("proxy_pass_request_headers", otherwise: true))
        {
            yield return upload.About(
                Severity.Failure, "nginx-headers-dropped", "proxy_pass_request_headers",
                "nginx passes on no header of an upload", Effect, "proxy_pass_request_headers on;");
        }
    }

    private static IEnumerable<Finding> Log(Upload upload)
    {
        if (Logs(upload.Location) is { } log)
        {
            yield return new Finding(Severity.Note, "nginx-access-log", Link.Proxy,
                "The access log keeps the signatures of uploads")
            {
                Effect = "?v= and ?v2= are permission to write this file for ever: who reads the log has it. A "
                    + "log_format with $uri in place of $request leaves them out.",
                Place = log.Place,
                Edit = log.Source == upload.Location.Block.Source
                    && upload.Location.Block.Named("access_log").Contains(log)
                    ? log.Become("access_log off;")
                    : upload.Location.Block.Begin("access_log off;"),
            };
        }
    }

    /// <summary>The first access log in the usual format, which holds the whole request line.</summary>
    private static Directive? Logs(Scope location) => location.FindAll("access_log").FirstOrDefault(log =>
        log.Argument != "off" && (log.Arguments.Count == 1 || log.Arguments[1] == "combined"));
}
