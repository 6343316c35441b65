namespace HmacFileServer.Interop.Support.Doctor;

/// <summary>The shipped nginx configuration with one thing wrong, as it is found on people's machines.</summary>
/// <param name="Breakage">From the shipped text to the broken one.</param>
/// <param name="Codes">What <c>check</c> must say of it, each with the line it must name.</param>
/// <param name="Status">What a client gets for an upload of 2 MiB; null where that shows nothing.</param>
internal sealed record BrokenNginx(
    Func<string, string> Breakage, (string Code, string Line)[] Codes, int? Status = null)
{
    private const string Pass = "proxy_pass http://hmac_file_server;";

    public static IReadOnlyDictionary<string, BrokenNginx> All { get; } = new Dictionary<string, BrokenNginx>
    {
        ["default nginx"] = new(
            text => text[..text.IndexOf("    ssl_protocols", StringComparison.Ordinal)]
                + "    location / {\n        " + Pass + "\n    }\n}\n",
            [
                ("nginx-body-limit", "location / {"), ("nginx-request-buffering", "location / {"),
                ("nginx-http2-window", "location / {"),
            ],
            413),
        ["1 MB limit"] = Changed("client_max_body_size 0;", "client_max_body_size 1m;", "nginx-body-limit", 413),
        ["request buffering on"] = Changed(
            "proxy_request_buffering off;", "proxy_request_buffering on;", "nginx-request-buffering"),
        ["30 s timeouts"] = new(
            text => text.Replace("timeout 300s;", "timeout 30s;", StringComparison.Ordinal)
                .Replace("timeout  300s;", "timeout  30s;", StringComparison.Ordinal)
                .Replace("send_timeout        300s;", "send_timeout        30s;", StringComparison.Ordinal),
            [
                ("nginx-client-body-timeout", "client_body_timeout 30s;"),
                ("nginx-send-timeout", "send_timeout        30s;"),
                ("nginx-proxy-send-timeout", "proxy_send_timeout  30s;"),
                ("nginx-proxy-read-timeout", "proxy_read_timeout  30s;"),
            ]),
        ["wrong location prefix"] = Changed("location / {", "location /uploads/ {", "nginx-location", 405),
        ["missing trailing slash"] = new(
            text => Replace(
                Replace(text, "location / {", "location /upload/ {"), Pass,
                "proxy_pass http://hmac_file_server/upload;"),
            [("nginx-path", "proxy_pass http://hmac_file_server/upload;")],
            403),
        ["prefix cut off"] = new(
            text => Replace(
                Replace(text, "location / {", "location /upload/ {"), Pass, "proxy_pass http://hmac_file_server/;"),
            [("nginx-path", "proxy_pass http://hmac_file_server/;")],
            403),
        ["gzip"] = Changed("gzip off;", "gzip on;", "nginx-compression"),
        ["small HTTP/2 window"] = new(
            text => Replace(Replace(text, "http2_body_preread_size 1m;", ""), "client_body_buffer_size 1m;",
                "client_body_buffer_size 16k;"),
            [("nginx-http2-window", "client_body_buffer_size 16k;")]),
        ["intercepted errors"] = Changed(
            "proxy_intercept_errors off;", "proxy_intercept_errors on;", "nginx-intercept-errors"),
        ["redirect from http to https"] = new(
            text => text + "server {\n    listen 127.0.0.1:{http};\n    server_name localhost;\n"
                + "    return 301 https://$host$request_uri;\n}\n",
            [("nginx-redirect", "return 301 https://$host$request_uri;")]),
        ["redirect to another name"] = new(
            text => Replace(text, "gzip off;", "return 301 https://files.example.org$request_uri;\n    gzip off;"),
            [("nginx-redirect", "return 301 https://files.example.org$request_uri;")],
            301),
        ["Authorization stripped"] = new(
            text => Replace(
                text, "proxy_set_header Host ", "proxy_set_header Authorization \"\";\n        proxy_set_header Host "),
            [("nginx-authorization-stripped", "proxy_set_header Authorization \"\";")],
            403),
        ["IPv6 listener missing"] = new(
            text => string.Join(
                '\n', text.Split('\n').Where(line => !line.Trim().StartsWith("listen [", StringComparison.Ordinal))),
            [("nginx-no-ipv6", "listen 127.0.0.1:")]),
        ["pictures go elsewhere"] = new(
            text => Replace(
                text, "location / {", "location ~* \\.(jpg|png|bin)$ { root /nonexistent; }\n    location / {"),
            [("nginx-location-stolen", "location ~* \\.(jpg|png|bin)$")],
            405),
        ["wrong port"] = new(
            text => string.Join('\n', text.Split('\n').Select(line =>
                line.Trim().StartsWith("server 127.0.0.1:", StringComparison.Ordinal)
                    ? "    server 127.0.0.1:9;"
                    : line)),
            [("nginx-wrong-backend", "server 127.0.0.1:9;")],
            502),
        ["password"] = new(
            text => Replace(
                text, "gzip off;", "auth_basic \"members\";\n    auth_basic_user_file /dev/null;\n    gzip off;"),
            [("nginx-auth-basic", "auth_basic \"members\";")],
            401),
        ["only GET"] = new(
            text => Replace(text, Pass, Pass + "\n        limit_except GET {\n            deny all;\n        }"),
            [("nginx-method", "limit_except GET {")],
            403),
        ["only GET, on one line"] = new(
            text => Replace(text, Pass, "limit_except GET { deny all; }\n        " + Pass),
            [("nginx-method", "limit_except GET {")],
            403),
        ["all on one line"] = new(
            text => string.Join(' ', Replace(text, "client_max_body_size 0;", "client_max_body_size 1m;").Split('\n')
                .Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0)) + "\n",
            [("nginx-body-limit", "upstream hmac_file_server {")],
            413),
        ["path rewritten"] = new(
            text => Replace(text, Pass, "rewrite ^/upload/(.*)$ /files/$1 break;\n        " + Pass),
            [("nginx-rewrite", "rewrite ^/upload/(.*)$ /files/$1 break;")],
            403),
        ["nobody let in"] = new(
            text => Replace(text, Pass, "deny all;\n        " + Pass), [("nginx-access", "deny all;")], 403),
        ["only some let in"] = new(
            text => Replace(text, "gzip off;", "allow 192.0.2.0/24;\n    deny all;\n    gzip off;"),
            [("nginx-access", "deny all;")],
            403),
        ["one request a minute"] = new(
            text => "limit_req_zone $binary_remote_addr zone=uploads:1m rate=1r/m;\n"
                + Replace(text, Pass, "limit_req zone=uploads;\n        " + Pass),
            [("nginx-rate-limit", "limit_req zone=uploads;")]),
        ["client's address left out"] = new(
            text => string.Join('\n', text.Split('\n').Where(line => !line.Contains("X-Forwarded-For   $remote_addr"))),
            [("nginx-forwarded-for", "location / {")]),
        ["client's own claim passed on"] = Changed(
            "proxy_set_header X-Forwarded-For   $remote_addr;",
            "proxy_set_header X-Forwarded-For   $http_x_forwarded_for;",
            "nginx-forwarded-for"),
        ["no lingering close"] = new(
            text => Replace(text, "lingering_time ", "lingering_close off;\n        lingering_time "),
            [("nginx-lingering-close", "lingering_close off;")]),
    };

    private static BrokenNginx Changed(string shipped, string broken, string code, int? status = null) =>
        new(text => Replace(text, shipped, broken), [(code, broken)], status);

    private static string Replace(string text, string shipped, string broken) =>
        text.Contains(shipped, StringComparison.Ordinal)
        ? text.Replace(shipped, broken, StringComparison.Ordinal)
        : throw new InvalidOperationException($"deploy/nginx does not say: {shipped}");
}
