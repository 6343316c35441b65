using System.Net.Sockets;

namespace HmacFileServer.Interop.Support.Servers;

/// <summary>
/// nginx with the shipped deploy/nginx/hmac-file-server.conf in front of one backend, HTTP/1.1 and HTTP/2 over TLS,
/// on 127.0.0.1 and, where there is one, on ::1.
/// </summary>
internal sealed class NginxServer : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private NginxServer(ChildProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public Uri Url => new($"https://localhost:{Port}/upload/");

    public static async Task<NginxServer> StartAsync(
        TempFolder folder,
        TestCertificate certificate,
        int port,
        int backend,
        RequestBuffering buffering,
        params (string Shipped, string Ours)[] changes)
    {
        var home = folder.NewFolder($"nginx-{port}");
        (string Shipped, string Ours)[] replacements =
        [
            ("listen 443 ssl http2;", $"listen 127.0.0.1:{port} ssl http2;"),
            ("listen [::]:443 ssl http2;", Socket.OSSupportsIPv6 ? $"listen [::1]:{port} ssl http2;" : ""),
            ("server_name upload.example.org;", "server_name localhost;"),
            ("/etc/letsencrypt/live/upload.example.org/fullchain.pem", certificate.Chain),
            ("/etc/letsencrypt/live/upload.example.org/privkey.pem", certificate.Key),
            ("server 127.0.0.1:8080;", $"server 127.0.0.1:{backend};"),
            ("access_log off;", $"access_log {home}/access.log;"),
            ("proxy_request_buffering off;", $"proxy_request_buffering {Word(buffering)};"),
            .. changes,
        ];
        var site = ShippedFile.Render("nginx/hmac-file-server.conf", replacements);
        await File.WriteAllTextAsync(Path.Combine(home, "site.conf"), site);
        var configuration = Path.Combine(home, "nginx.conf");
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            daemon off;
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            worker_processes 1;
            pid {{home}}/pid;
            error_log {{home}}/error.log info;
            events { worker_connections 512; }
            http {
                client_body_temp_path {{home}}/body;
                proxy_temp_path {{home}}/proxy;
                fastcgi_temp_path {{home}}/fastcgi;
                uwsgi_temp_path {{home}}/uwsgi;
                scgi_temp_path {{home}}/scgi;
                include {{home}}/site.conf;
            }
            """);

        var process = ChildProcess.Start(
            Path.Combine(home, "output.log"),
            [],
            "/usr/sbin/nginx", "-p", home, "-c", configuration, "-e", Path.Combine(home, "error.log"));
        await Readiness.PortAsync(process, port);
        return new NginxServer(process, port);
    }

    /// <summary>
    /// The changes to the shipped file that let nginx send the files of this store: the lines operators uncomment.
    /// </summary>
    public static (string Shipped, string Ours)[] Sending(string store)
    {
        var shipped = ShippedFile.Render("nginx/hmac-file-server.conf");
        var start = shipped.IndexOf("    #location /stored/", StringComparison.Ordinal);
        var commented = shipped[start..(shipped.IndexOf("    #}", start, StringComparison.Ordinal) + "    #}".Length)];
        return
        [
            (commented, commented.Replace("    #", "    ", StringComparison.Ordinal)),
            ("alias /var/lib/hmac-file-server/uploads/;", $"alias {store}/;"),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _process.EndAsync();
        await _process.DisposeAsync();
    }

    private static string Word(RequestBuffering buffering) => buffering is RequestBuffering.On ? "on" : "off";
}

/// <summary>nginx's proxy_request_buffering: off as shipped, or on as it is by default and on many machines.</summary>
public enum RequestBuffering
{
    Off,
    On,
}
