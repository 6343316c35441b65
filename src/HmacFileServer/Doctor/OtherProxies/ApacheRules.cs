using System.Globalization;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.OtherProxies;

/// <summary>
/// The directives of Apache's that decide on uploads, from its manual; also those that do harm by being absent.
/// </summary>
internal static class ApacheRules
{
    public static IEnumerable<Finding> Find(IReadOnlyList<ProxyLine> lines) =>
        lines.SelectMany(line => (Finding?[])[Of(line), OfPass(line)]).OfType<Finding>().Concat(Absent(lines));

    private static Finding? Of(ProxyLine line)
    {
        bool Says(string word) => line.Text.Contains(word, StringComparison.OrdinalIgnoreCase);
        return line.Words[0].ToLowerInvariant() switch
        {
            "limitrequestbody" when line.Word(1) != "0" => ProxyRules.About(line, Severity.Failure, "apache-body-limit",
                $"Apache takes no upload over {ProxyRules.Bytes(line.Word(1))}",
                "What is larger gets Apache's own 413, without a reason, and the server never hears of it.",
                "LimitRequestBody 0"),
            "secrequestbodylimit" or "secrequestbodynofileslimit" =>
                ProxyRules.About(line, Severity.Failure, "apache-body-limit",
                    $"ModSecurity takes no upload over {ProxyRules.Bytes(line.Word(1))}", ProxyRules.Kept,
                    "SecRequestBodyAccess Off"),
            "secrequestbodyaccess" when Says(" on") =>
                ProxyRules.About(line, Severity.Failure, "apache-request-buffering",
                    "ModSecurity keeps uploads before they are passed on", ProxyRules.Kept, "SecRequestBodyAccess Off"),
            "requestreadtimeout" when Says("body=") && !Says("body=0") =>
                ProxyRules.About(line, Severity.Warning, "apache-body-timeout",
                    "Apache cuts slow uploads off (mod_reqtimeout)",
                    "An upload that pauses, or stays below MinRate, gets 408.",
                    "RequestReadTimeout header=20-40,MinRate=500 body=0"),
            "timeout" or "proxytimeout" when ProxyRules.IsShort(line.Word(1), 1) =>
                ProxyRules.About(line, Severity.Warning, "apache-timeout",
                    $"Apache bears only {line.Word(1)} s of silence ({line.Words[0]})", ProxyRules.Silence,
                    $"{line.Words[0]} 300"),
            "setenv" when Says("proxy-sendcl") => ProxyRules.Without(line, Severity.Failure, "apache-request-buffering",
                "Apache stores uploads before it passes them on", ProxyRules.Kept),
            "requestheader" when Says("unset Authorization") =>
                ProxyRules.Without(line, Severity.Failure, "apache-authorization-stripped",
                    "Apache takes the Authorization header away",
                    "The token of Prosody's mod_http_file_share travels in it: such uploads are refused."),
            "authtype" =>
                ProxyRules.Without(
                        line, Severity.Failure, "apache-password", "Apache asks for a password", ProxyRules.Password),
            "redirect" or "redirectmatch" or "redirectpermanent" => ProxyRules.Without(
                line, Severity.Warning, "apache-redirect", "Apache redirects", ProxyRules.Redirected),
            "h2windowsize" when IsSmall(line.Word(1)) => ProxyRules.About(line, Severity.Warning, "apache-http2-window",
                "Apache slows uploads over HTTP/2 down to 5 Mbit/s at 100 ms", ProxyRules.Window,
                "H2WindowSize 1048576"),
            "setoutputfilter" or "addoutputfilter" or "addoutputfilterbytype" when Says("deflate") || Says("brotli") =>
                ProxyRules.Without(
                    line, Severity.Warning, "apache-compression", "Apache compresses downloads", ProxyRules.NoLength),
            _ => null,
        };
    }

    private static Finding? OfPass(ProxyLine line)
    {
        if (!IsPass(line))
        {
            return null;
        }

        if (line.Words.FirstOrDefault(word => word.StartsWith("timeout=", StringComparison.Ordinal)) is { } timeout
            && ProxyRules.IsShort(timeout["timeout=".Length..], 1))
        {
            return ProxyRules.About(line, Severity.Warning, "apache-timeout",
                $"Apache waits only {timeout["timeout=".Length..]} s for the server",
                ProxyRules.Silence, line.Text.Trim().Replace(timeout, "timeout=300", StringComparison.Ordinal));
        }

        return line.Words.Contains("nocanon") ? null : ProxyRules.About(line, Severity.Note, "apache-path-rewritten",
            "Apache decodes paths and encodes them again", "Some file names arrive as others than were signed.",
            line.Text.Trim() + " nocanon");
    }

    /// <summary>What Apache does when nobody has said otherwise.</summary>
    private static IEnumerable<Finding> Absent(IReadOnlyList<ProxyLine> lines)
    {
        bool Has(string name) => lines.Any(line => line.Begins(name));
        if (lines.FirstOrDefault(IsPass) is not { } pass)
        {
            yield break;
        }

        if (!Has("LimitRequestBody"))
        {
            yield return ProxyRules.Missing(pass, Severity.Warning, "apache-body-limit",
                "Apache takes no upload over 1 GB",
                "LimitRequestBody is not set, so it is 1 GB (since 2.4.54): what is larger gets Apache's own 413.",
                "LimitRequestBody 0");
        }

        if (!Has("RequestReadTimeout"))
        {
            yield return ProxyRules.Missing(pass, Severity.Warning, "apache-body-timeout",
                "Apache cuts slow uploads off (mod_reqtimeout)",
                "RequestReadTimeout is not set, so it is body=20,MinRate=500: who pauses for 20 s gets 408.",
                "RequestReadTimeout header=20-40,MinRate=500 body=0");
        }

        if (!Has("AllowEncodedSlashes"))
        {
            yield return ProxyRules.Missing(pass, Severity.Warning, "apache-encoded-slashes",
                "Apache answers 404 where a name has %2F in it",
                "AllowEncodedSlashes is not set, so it is Off.", "AllowEncodedSlashes NoDecode");
        }

        if (lines.Any(line => line.Begins("Protocols") && line.Words.Contains("h2")) && !Has("H2WindowSize"))
        {
            yield return ProxyRules.Missing(pass, Severity.Warning, "apache-http2-window",
                "Apache slows uploads over HTTP/2 down to 5 Mbit/s at 100 ms", ProxyRules.Window,
                "H2WindowSize 1048576");
        }
    }

    private static bool IsPass(ProxyLine line) =>
        line.Begins("ProxyPass") && line.Words.Any(word => word.StartsWith("http", StringComparison.Ordinal));

    private static bool IsSmall(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var window)
            && window < ProxyRules.GoodWindow;
}
