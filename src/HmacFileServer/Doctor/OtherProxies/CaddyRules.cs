using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.OtherProxies;

/// <summary>The directives of a Caddyfile that decide on uploads, from Caddy's manual.</summary>
internal static class CaddyRules
{
    public static IEnumerable<Finding> Find(IReadOnlyList<ProxyLine> lines) => lines.Select(Of).OfType<Finding>();

    private static Finding? Of(ProxyLine line) => line.Words[0] switch
    {
        "max_size" => ProxyRules.Without(line, Severity.Failure, "caddy-body-limit",
            $"Caddy takes no upload over {line.Word(1)}",
            "What is larger gets Caddy's own 413, without a reason, and the server never hears of it."),
        "request_buffers" or "buffer_requests" => ProxyRules.Without(line, Severity.Failure, "caddy-request-buffering",
            "Caddy keeps uploads before it passes them on", ProxyRules.Kept),
        "encode" => ProxyRules.Without(
            line, Severity.Warning, "caddy-compression", "Caddy compresses downloads", ProxyRules.NoLength),
        "read_body" when IsLimited(line) => ProxyRules.About(line, Severity.Failure, "caddy-body-timeout",
            $"Caddy lets a whole upload take {line.Word(1)}",
            "This is no silence, but all the time there is: larger files never arrive.", "read_body 0"),
        "write_timeout" or "write" when IsLimited(line) => ProxyRules.About(line, Severity.Warning, "caddy-timeout",
            $"Caddy lets a whole answer take {line.Word(1)} ({line.Words[0]})",
            "Downloads that need longer are cut off.", $"{line.Words[0]} 0"),
        "response_header_timeout" or "read_timeout" when ProxyRules.IsShort(line.Word(1), 1) =>
            ProxyRules.About(line, Severity.Warning, "caddy-timeout",
                $"Caddy waits only {line.Word(1)} for the server ({line.Words[0]})", ProxyRules.Silence,
                $"{line.Words[0]} 300s"),
        "basicauth" or "basic_auth" or "forward_auth" => ProxyRules.Without(line, Severity.Failure, "caddy-password",
            "Caddy asks for a password", ProxyRules.Password),
        "redir" => ProxyRules.Without(
            line, Severity.Warning, "caddy-redirect", "Caddy redirects", ProxyRules.Redirected),
        "header_up" when line.Word(1).Equals("-Authorization", StringComparison.OrdinalIgnoreCase) =>
            ProxyRules.Without(
                line, Severity.Failure, "caddy-authorization-stripped", "Caddy takes the Authorization header away",
                "The token of Prosody's mod_http_file_share travels in it: such uploads are refused."),
        "uri" when line.Word(1).StartsWith("strip_", StringComparison.Ordinal) => ProxyRules.Without(
            line, Severity.Warning, "caddy-path", "Caddy changes the paths that were signed",
            "base_path must then be what arrives, and no longer what clients see. Else every upload is refused (403)."),
        _ => null,
    };

    private static bool IsLimited(ProxyLine line) =>
        ProxyFile.Time(line.Word(1), 1) is { } time && time > TimeSpan.Zero;
}
