using System.Globalization;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.OtherProxies;

/// <summary>The directives of Caddy, HAProxy and Apache that decide on large uploads, from their manuals.</summary>
internal static class ProxyRules
{
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(60); // Dino, Monal and Siskin wait as long

    public static IEnumerable<Finding> Caddy(IReadOnlyList<ProxyLine> lines)
    {
        foreach (var line in lines)
        {
            if (line.Begins("max_size"))
            {
                yield return About(line, Severity.Warning, "caddy-body-limit", "Caddy limits the size of uploads",
                    "What is larger gets Caddy's 413, without a reason.", "# " + line.Text.Trim());
            }
            else if (line.Begins("request_buffers") || line.Begins("buffer_requests"))
            {
                yield return About(line, Severity.Failure, "caddy-request-buffering", "Caddy keeps uploads before it passes them on",
                    "The server hears of an upload late, and tokens and clients don't wait.", "# " + line.Text.Trim());
            }
            else if (line.Begins("encode"))
            {
                yield return About(line, Severity.Warning, "caddy-compression", "Caddy compresses downloads",
                    "A compressed answer has no Content-Length, which clients need.", "# " + line.Text.Trim());
            }
            else if (line.Words[0] is "read_body" or "read_timeout" or "write_timeout" && Short(line.Word(1), 1))
            {
                yield return About(line, Severity.Warning, "caddy-timeout", $"Caddy cuts off after {line.Word(1)} ({line.Words[0]})",
                    line.Words[0] == "read_body" ? "That is the time for the whole upload." : "A slow line or a busy disk meets it.",
                    $"{line.Words[0]} 0");
            }
        }
    }

    public static IEnumerable<Finding> HaProxy(IReadOnlyList<ProxyLine> lines)
    {
        foreach (var line in lines)
        {
            if (line.Begins("option", "http-buffer-request"))
            {
                yield return About(line, Severity.Warning, "haproxy-request-buffering", "HAProxy waits for the body of an upload",
                    "With this, \"timeout http-request\" counts for the body, too: slow clients get 408.", "no option http-buffer-request");
            }
            else if (line.Begins("timeout", "client") || line.Begins("timeout", "server"))
            {
                if (Short(line.Word(2), 0.001))
                {
                    yield return About(line, Severity.Warning, "haproxy-timeout", $"HAProxy bears only {line.Word(2)} of silence ({line.Word(1)})",
                        "A phone that pauses, or a busy disk, ends the upload: 408 or 504.", $"timeout {line.Word(1)} 300s");
                }
            }
            else if (line.Begins("compression", "algo"))
            {
                yield return About(line, Severity.Warning, "haproxy-compression", "HAProxy compresses downloads",
                    "A compressed answer has no Content-Length, which clients need.", "# " + line.Text.Trim());
            }
        }
    }

    public static IEnumerable<Finding> Apache(IReadOnlyList<ProxyLine> lines)
    {
        foreach (var line in lines)
        {
            if (line.Begins("LimitRequestBody") && line.Word(1) != "0")
            {
                yield return About(line, Severity.Failure, "apache-body-limit", $"Apache takes no upload over {Bytes(line.Word(1))}",
                    "What is larger gets Apache's 413, without a reason.", "LimitRequestBody 0");
            }
            else if (line.Begins("RequestReadTimeout") && line.Text.Contains("body=", StringComparison.Ordinal)
                && !line.Text.Contains("body=0", StringComparison.Ordinal))
            {
                yield return About(line, Severity.Warning, "apache-body-timeout", "Apache cuts slow uploads off (mod_reqtimeout)",
                    "An upload that pauses or stays below MinRate gets 408.", "RequestReadTimeout header=20-40,MinRate=500 body=0");
            }
            else if ((line.Begins("Timeout") || line.Begins("ProxyTimeout")) && Short(line.Word(1), 1))
            {
                yield return About(line, Severity.Warning, "apache-timeout", $"Apache bears only {line.Word(1)} s of silence ({line.Words[0]})",
                    "A phone that pauses, or a busy disk, ends the upload: 408 or 504.", $"{line.Words[0]} 300");
            }
            else if (line.Begins("SetEnv", "proxy-sendcl"))
            {
                yield return About(line, Severity.Failure, "apache-request-buffering", "Apache stores uploads before it passes them on",
                    "The server hears of an upload late, and tokens and clients don't wait.", "# " + line.Text.Trim());
            }
            else if (line.Begins("ProxyPass") && line.Word(2).StartsWith("http", StringComparison.Ordinal) && !line.Words.Contains("nocanon"))
            {
                yield return About(line, Severity.Note, "apache-path-rewritten", "Apache decodes paths and encodes them again",
                    "Some file names arrive as others than were signed.", line.Text.Trim() + " nocanon");
            }
            else if (line.Text.Contains("DEFLATE", StringComparison.Ordinal))
            {
                yield return About(line, Severity.Warning, "apache-compression", "Apache compresses downloads",
                    "A compressed answer has no Content-Length, which clients need.", "# " + line.Text.Trim());
            }
        }

        if (!lines.Any(line => line.Begins("LimitRequestBody")))
        {
            yield return new Finding(Severity.Warning, "apache-body-limit", Link.Proxy, "Apache takes no upload over 1 GB")
            {
                Effect = "LimitRequestBody is not set, so it is 1 GB (since 2.4.54): what is larger gets Apache's 413.",
                Remedy = "In the <VirtualHost>: LimitRequestBody 0",
            };
        }
    }

    private static bool Short(string text, double bareSeconds) =>
        ProxyFile.Time(text, bareSeconds) is { } time && time > TimeSpan.Zero && time < Patient;

    private static string Bytes(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out var bytes) ? Words.Size(bytes) : text;

    private static Finding About(ProxyLine line, Severity severity, string code, string title, string effect, string better) =>
        new(severity, code, Link.Proxy, title) { Effect = effect, Place = line.Place, Edit = line.Become(better) };
}
