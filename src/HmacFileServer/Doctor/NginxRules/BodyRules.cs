using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.NginxRules;

/// <summary>
/// What nginx does with the bytes of an upload: refuse them, keep them, or let them through too slowly.
/// </summary>
internal static class BodyRules
{
    public const long DefaultMaxBody = 1 << 20;             // ngx_http_core_module
    public const long DefaultBuffer = 16 << 10;             // client_body_buffer_size on 64 bits
    public const long DefaultPreread = 64 << 10;            // http2_body_preread_size
    private const long GoodWindow = 512 << 10;
    private const double RoundTrip = 0.1;                   // seconds: a phone, or another continent

    public static long Window(Nginx.Scope location) => Math.Max(
        location.Size("client_body_buffer_size", DefaultBuffer),
        location.Size("http2_body_preread_size", DefaultPreread));

    public static IEnumerable<Finding> Find(Upload upload)
    {
        var location = upload.Location;
        var entry = upload.Route.Entry;
        var most = entry.Size("client_max_body_size", DefaultMaxBody);
        var ours = upload.Settings.Server.MaxUploadSize;
        if (most > 0 && most < ours.Bytes)
        {
            yield return upload.About(
                Severity.Failure, "nginx-body-limit", "client_max_body_size",
                $"nginx takes no upload over {Words.Size(most)}",
                $"{upload.Is("client_max_body_size", "1m", entry)}; the server takes up to {Words.Size(ours.Bytes)}. "
                + "Anything between gets \"413 Request Entity Too Large\" from nginx, and the server never hears of "
                + "it.",
                "client_max_body_size 0;",
                entry);
        }

        if (location.IsOn("proxy_request_buffering", otherwise: true))
        {
            yield return Buffering(upload);
        }

        if (upload.Route.IsHttp2 && Window(location) is var window && window < GoodWindow)
        {
            yield return upload.About(
                Severity.Warning, "nginx-http2-window", "client_body_buffer_size",
                $"Over HTTP/2 an upload can't be faster than {Words.Rate(window / RoundTrip)} at 100 ms",
                $"With request buffering off, nginx lets a client have only {Words.Size(window)} on the way "
                + "(client_body_buffer_size or http2_body_preread_size, whichever is more). "
                + $"{Words.Size(upload.Case.Bytes)} then take "
                + $"{Words.Time(UploadCase.Seconds(upload.Case.Bytes / (window / RoundTrip)))}, however fast the line. "
                + "Dino, Conversations, Monal and Siskin use HTTP/2.",
                "client_body_buffer_size 1m;");
        }

        if (location.Value("proxy_http_version", "1.0") == "1.0")
        {
            yield return upload.About(
                Severity.Note, "nginx-http-version", "proxy_http_version",
                "nginx speaks HTTP/1.0 to the server",
                "Uploads that don't tell their size ahead are then stored by nginx first, and every request needs a "
                    + "new connection.",
                "proxy_http_version 1.1;");
        }

        foreach (var (name, wrong) in ((string, string)[])[("proxy_pass_request_body", "off"), ("proxy_set_body", "")])
        {
            if (location.Find(name) is { } found && (wrong.Length == 0 || found.Argument == wrong))
            {
                yield return new Finding(Severity.Failure, "nginx-body-replaced", Link.Proxy,
                    $"{found} keeps the file from the server")
                {
                    Place = found.Place,
                    Edit = found.Become("# " + found + ";"),
                };
            }
        }
    }

    private static Finding Buffering(Upload upload)
    {
        var tokens = upload.Settings.Security.Schemes.Contains("jwt");
        var validity = upload.Settings.Security.HmacValidity.Time;
        var dead = tokens && upload.Case.Duration > validity
            ? "the token of Prosody's mod_http_file_share is too old by then (hmac_validity "
                + $"{upload.Settings.Security.HmacValidity}): 403; "
            : "";
        var finding = upload.About(
            Severity.Failure, "nginx-request-buffering", "proxy_request_buffering",
            "nginx stores every upload before it passes it on",
            $"{upload.Is("proxy_request_buffering", "on")}. {upload.Case} takes {Words.Time(upload.Case.Duration)}, "
            + $"and only then the server hears of it: {dead}a refusal comes after the last byte, or as \"502 Bad "
            + "Gateway\"; "
            + (upload.Route.IsHttp2 ? "Dino gives up after 60 s over HTTP/2, and " : "")
            + "Gajim gives up 30 s after the last byte while nginx still copies the file." + Space(upload),
            "proxy_request_buffering off;");
        return finding;
    }

    private static string Space(Upload upload)
    {
        var path = upload.Location.Find("client_body_temp_path")?.Argument ?? "/var/lib/nginx/body";
        if (!Directory.Exists(path))
        {
            return "";
        }

        try
        {
            var free = new DriveInfo(path).AvailableFreeSpace;
            return free < upload.Settings.Server.MaxUploadSize.Bytes
                ? $" And {path} has only {Words.Size(free)} free for all of them."
                : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
