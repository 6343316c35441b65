using System.Globalization;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.OtherProxies;

/// <summary>The directives of haproxy.cfg that decide on uploads, from HAProxy's manual.</summary>
internal static class HaProxyRules
{
    public static IEnumerable<Finding> Find(IReadOnlyList<ProxyLine> lines) =>
        lines.Select(Of).OfType<Finding>().Concat(Window(lines));

    private static Finding? Of(ProxyLine line)
    {
        if (line.Begins("option", "http-buffer-request"))
        {
            return ProxyRules.About(line, Severity.Warning, "haproxy-request-buffering",
                "HAProxy waits for the body of an upload",
                "It fills its buffer first, and \"timeout http-request\" counts for that, too: slow clients get 408.",
                "no option http-buffer-request");
        }

        if ((line.Begins("timeout", "client") || line.Begins("timeout", "server") || line.Begins("timeout", "tunnel"))
            && ProxyRules.IsShort(line.Word(2), 0.001))
        {
            return ProxyRules.About(line, Severity.Warning, "haproxy-timeout",
                $"HAProxy bears only {line.Word(2)} of silence ({line.Word(1)})",
                ProxyRules.Silence, $"timeout {line.Word(1)} 300s");
        }

        if (line.Begins("compression"))
        {
            return ProxyRules.Without(
                line, Severity.Warning, "haproxy-compression", "HAProxy compresses downloads", ProxyRules.NoLength);
        }

        if (line.Begins("redirect") || line.Begins("http-request", "redirect"))
        {
            return ProxyRules.Without(
                line, Severity.Warning, "haproxy-redirect", "HAProxy redirects", ProxyRules.Redirected);
        }

        return line.Begins("http-request") ? Rule(line) : null;
    }

    private static Finding? Rule(ProxyLine line)
    {
        bool Says(string word) => line.Text.Contains(word, StringComparison.OrdinalIgnoreCase);
        return line.Word(1) switch
        {
            "deny" or "reject" or "return" when Says("body_size") || Says("content-length") || Says("body_len") =>
                ProxyRules.Without(
                    line, Severity.Failure, "haproxy-body-limit", "HAProxy limits the size of uploads",
                    "What is larger is refused by HAProxy, and the server never hears of it."),
            "wait-for-body" =>
                ProxyRules.Without(line, Severity.Warning, "haproxy-request-buffering",
                        "HAProxy waits for the body of an upload",
                    "Slow clients get 408."),
            "auth" => ProxyRules.Without(
                line, Severity.Failure, "haproxy-password", "HAProxy asks for a password", ProxyRules.Password),
            "del-header" when line.Word(2).Equals("Authorization", StringComparison.OrdinalIgnoreCase) =>
                ProxyRules.Without(
                    line, Severity.Failure, "haproxy-authorization-stripped",
                    "HAProxy takes the Authorization header away",
                    "The token of Prosody's mod_http_file_share travels in it: such uploads are refused."),
            "set-path" or "replace-path" or "replace-uri" or "set-uri" => ProxyRules.Without(
                line, Severity.Warning, "haproxy-path", "HAProxy changes the paths that were signed",
                "base_path must then be what arrives, and no longer what clients see. Else every upload is refused "
                    + "(403)."),
            _ => null,
        };
    }

    /// <summary>
    /// In mode tcp the server's own window counts; in mode http HAProxy's, which is 65,535 bytes unless told.
    /// </summary>
    private static IEnumerable<Finding> Window(IReadOnlyList<ProxyLine> lines)
    {
        var speaks = lines.Any(line => line.Begins("mode", "http"))
            ? lines.FirstOrDefault(line => line.Begins("bind")
            && line.Words.Any(word => word.Split(',').Contains("h2")))
            : null;
        if (speaks is null)
        {
            yield break;
        }

        var told =
            lines.LastOrDefault(line =>
            line.Words[0] is "tune.h2.initial-window-size" or "tune.h2.fe.initial-window-size");
        const string Title = "HAProxy slows uploads over HTTP/2 down to 5 Mbit/s at 100 ms";
        if (told is null)
        {
            const string Better = "tune.h2.initial-window-size 1048576";
            yield return lines.FirstOrDefault(line => line.Begins("global")) is { } global
                ? ProxyRules.Missing(global, Severity.Warning, "haproxy-http2-window", Title, ProxyRules.Window,
                    "    " + Better)
                : new Finding(Severity.Warning, "haproxy-http2-window", Link.Proxy, Title)
                {
                    Effect = ProxyRules.Window,
                    Place = speaks.Place,
                    Remedy = $"In the global section: {Better}",
                };
        }
        else if (int.TryParse(told.Word(1), NumberStyles.None, CultureInfo.InvariantCulture, out var window)
            && window < ProxyRules.GoodWindow)
        {
            yield return ProxyRules.About(told, Severity.Warning, "haproxy-http2-window", Title, ProxyRules.Window,
                $"{told.Words[0]} 1048576");
        }
    }
}
