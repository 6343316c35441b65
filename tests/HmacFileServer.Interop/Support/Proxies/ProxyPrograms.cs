using System.Net.Sockets;

namespace HmacFileServer.Interop.Support.Proxies;

/// <summary>
/// The command of each proxy beside nginx's http proxy, with its shipped file for one name, port and backend.
/// </summary>
internal static class ProxyPrograms
{
    public static string[] Command(ProxyKind kind, string home, TestCertificate certificate, int port, int backend) =>
        kind switch
        {
            ProxyKind.Haproxy => Haproxy(home, certificate, port, backend),
            ProxyKind.Caddy => Caddy(home, certificate, port, backend),
            ProxyKind.CaddyBuffering => Caddy(home, certificate, port, backend, "\t\tbuffer_requests\n"),
            ProxyKind.Apache => Apache(home, certificate, port, backend),
            ProxyKind.NginxStream => NginxStream(home, certificate, port, backend),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Started by NginxServer"),
        };

    /// <summary>Writes the shipped configuration for a test.</summary>
    /// <returns>The file, how to run the proxy with it, and how to have the proxy only look at it.</returns>
    public static (string File, string[] Run, string[] Test) Configure(
        ProxyKind kind, string home, TestCertificate certificate, int port, int backend)
    {
        var run = Command(kind, home, certificate, port, backend);
        return kind switch
        {
            ProxyKind.Haproxy => (run[^1], run, [.. run, "-c"]),
            ProxyKind.Caddy or ProxyKind.CaddyBuffering => (run[^1], run, [run[0], "adapt", .. run[2..]]),
            ProxyKind.Apache => (run[^1], run, [.. run, "-t"]),
            _ => (run[4], run, [.. run, "-t"]),
        };
    }

    private static string[] Haproxy(string home, TestCertificate certificate, int port, int backend)
    {
        var site = ShippedFile.Render(
            "haproxy/hmac-file-server.cfg",
            ("bind 0.0.0.0:443", $"bind 127.0.0.1:{port}"),
            ("bind [::]:443", Socket.OSSupportsIPv6 ? $"bind [::1]:{port}" : $"bind 127.0.0.2:{port}"),
            ("/etc/haproxy/upload.pem", certificate.ChainAndKey),
            ("127.0.0.1:8081", $"127.0.0.1:{backend}"));
        var file = Path.Combine(home, "haproxy.cfg");
        File.WriteAllText(file, "global\n    maxconn 500\n" + site);
        return ["/usr/sbin/haproxy", "-db", "-f", file];
    }

    private static string[] Caddy(string home, TestCertificate certificate, int port, int backend, string more = "")
    {
        var site = ShippedFile.Render(
            "caddy/Caddyfile",
            ("upload.example.org {",
                $"https://localhost:{port} {{\n\tbind 127.0.0.1 {Ipv6("::1")}\n"
                + $"\ttls {certificate.Chain} {certificate.Key}"),
            ("127.0.0.1:8080", $"127.0.0.1:{backend}"),
            ("\t\tflush_interval -1\n", $"\t\tflush_interval -1\n{more}"));
        var file = Path.Combine(home, "Caddyfile");
        File.WriteAllText(file, "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n" + site);
        return ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", file];
    }

    private static string[] Apache(string home, TestCertificate certificate, int port, int backend)
    {
        var site = ShippedFile.Render(
            "apache/hmac-file-server.conf",
            ("<VirtualHost *:443>", $"<VirtualHost *:{port}>"),
            ("upload.example.org\n", "localhost\n"),
            ("/etc/letsencrypt/live/upload.example.org/fullchain.pem", certificate.Chain),
            ("/etc/letsencrypt/live/upload.example.org/privkey.pem", certificate.Key),
            ("127.0.0.1:8080", $"127.0.0.1:{backend}"),
            ("/var/log/apache2/upload.log", $"{home}/access.log"));
        string[] modules =
        [
            "mpm_event", "authz_core", "ssl", "http2", "headers", "proxy", "proxy_http", "reqtimeout",
            "socache_shmcb", "env",
        ];
        var loading = string.Join(
            '\n', modules.Select(name => $"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"));
        var file = Path.Combine(home, "apache.conf");
        File.WriteAllText(file, $"""
            {loading}
            ServerRoot {home}
            ServerName localhost
            PidFile {home}/pid
            DefaultRuntimeDir {home}
            ErrorLog {home}/error.log
            User {(Environment.IsPrivilegedProcess ? "www-data" : Environment.UserName)}
            Listen 127.0.0.1:{port}
            {Ipv6($"Listen [::1]:{port}")}
            {site}
            """);
        return ["/usr/sbin/apache2", "-X", "-d", home, "-f", file];
    }

    private static string[] NginxStream(string home, TestCertificate certificate, int port, int backend)
    {
        var site = ShippedFile.Render(
            "nginx/stream.conf",
            ("listen 443 ssl;", $"listen 127.0.0.1:{port} ssl;"),
            ("listen [::]:443 ssl;", Ipv6($"listen [::1]:{port} ssl;")),
            ("/etc/letsencrypt/live/upload.example.org/fullchain.pem", certificate.Chain),
            ("/etc/letsencrypt/live/upload.example.org/privkey.pem", certificate.Key),
            ("proxy_pass 127.0.0.1:8081;", $"proxy_pass 127.0.0.1:{backend};"));
        var file = Path.Combine(home, "nginx.conf");
        File.WriteAllText(file, $$"""
            load_module /usr/lib/nginx/modules/ngx_stream_module.so;
            daemon off;
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            worker_processes 1;
            pid {{home}}/pid;
            events { worker_connections 512; }
            {{site}}
            """);
        return ["/usr/sbin/nginx", "-p", home, "-c", file, "-e", Path.Combine(home, "error.log")];
    }

    private static string Ipv6(string line) => Socket.OSSupportsIPv6 ? line : "";
}
