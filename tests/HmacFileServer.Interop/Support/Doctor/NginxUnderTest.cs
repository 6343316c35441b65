using System.Net.Sockets;

namespace HmacFileServer.Interop.Support.Doctor;

/// <summary>An nginx configuration on the disk that can be checked, tried with "nginx -t", run and mended.</summary>
internal sealed class NginxUnderTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _home;

    public NginxUnderTest(TempFolder folder, TestCertificate certificate, int backend, Func<string, string> breakage)
    {
        _home = folder.NewFolder($"doctor-{Guid.NewGuid():N}");
        Port = FreePort.Take();
        Site = Path.Combine(_home, "site.conf");
        Main = Path.Combine(_home, "nginx.conf");
        var shipped = ShippedFile.Render(
            "nginx/hmac-file-server.conf",
            ("listen 443 ssl http2;", $"listen 127.0.0.1:{Port} ssl http2;"),
            ("listen [::]:443 ssl http2;", Socket.OSSupportsIPv6 ? $"listen [::1]:{Port} ssl http2;" : ""),
            ("server_name upload.example.org;", "server_name localhost;"),
            ("/etc/letsencrypt/live/upload.example.org/fullchain.pem", certificate.Chain),
            ("/etc/letsencrypt/live/upload.example.org/privkey.pem", certificate.Key),
            ("server 127.0.0.1:8080;", $"server 127.0.0.1:{backend};"));
        File.WriteAllText(Site, breakage(shipped).Replace("{http}", $"{FreePort.Take()}", StringComparison.Ordinal));
        File.WriteAllText(
            Main,
            $$"""
            daemon off;
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            worker_processes 1;
            pid {{_home}}/pid;
            error_log {{_home}}/error.log info;
            events { worker_connections 512; }
            http {
                access_log off;
                client_body_temp_path {{_home}}/body;
                proxy_temp_path {{_home}}/proxy;
                fastcgi_temp_path {{_home}}/fastcgi;
                uwsgi_temp_path {{_home}}/uwsgi;
                scgi_temp_path {{_home}}/scgi;
                include site.conf;
            }
            """);
        Settings = Path.Combine(_home, "config.toml");
        File.WriteAllText(
            Settings,
            $"""
            [server]
            listen_address = "127.0.0.1:{backend}"
            base_path = "/upload/"
            public_url = "{Url}"
            storage_path = "{_home}/store"

            [security]
            secret = "{SignedUrls.Secret}"
            """);
    }

    /// <summary>
    /// A configuration without anything to find, so that only what is asked over the network can tell.
    /// </summary>
    public static string WriteThatTellsNothing(TempFolder folder, int backend) => folder.Write(
        $"empty-nginx-{Guid.NewGuid():N}.conf",
        $"stream {{ server {{ listen 1; proxy_pass 127.0.0.1:{backend}; }} }}\n");

    public int Port { get; }

    public Uri Url => new($"https://localhost:{Port}/upload/");

    public string Main { get; }

    public string Site { get; }

    public string Settings { get; }

    public int LineOf(string text) =>
        Array.FindIndex(
            File.ReadAllLines(Site), line => line.TrimStart().StartsWith(text, StringComparison.Ordinal)) + 1;

    public Task<CheckRun> CheckAsync(params string[] more) =>
        CheckRun.OfAsync(_home, [], ["-c", Settings, "--nginx", Main, "--json", .. more]);

    /// <summary>What nginx itself thinks of the configuration.</summary>
    public async Task<(int Exit, string Output)> TestAsync(string how = "-t")
    {
        await using var process = ChildProcess.Start(
            Path.Combine(_home, $"test-{Guid.NewGuid():N}.log"), [], ["/usr/sbin/nginx", how, .. Arguments]);
        using var patience = new CancellationTokenSource(Patience);
        return (await process.WaitForExitAsync(patience.Token), process.ReadLog());
    }

    public async Task<ChildProcess> StartAsync()
    {
        var process = ChildProcess.Start(Path.Combine(_home, "output.log"), [], ["/usr/sbin/nginx", .. Arguments]);
        await Readiness.PortAsync(process, Port);
        return process;
    }

    private string[] Arguments => ["-p", _home, "-c", Main, "-e", Path.Combine(_home, "error.log")];
}
