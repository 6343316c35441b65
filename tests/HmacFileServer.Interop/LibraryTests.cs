using System.Net.Http.Headers;
using System.Text;

namespace HmacFileServer.Interop;

/// <summary>HTTP libraries and proxies in ways of their own, against the server without anything of ours between.</summary>
[Collection(SharedDeployment.Name)]
public sealed class LibraryTests(Deployment deployment)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [FactWith(Installed.Aiohttp)]
    public async Task Aiohttp_uploads_on_the_same_session_after_a_refusal()
    {
        const int Size = 2_000_000;
        var uploads = deployment.Product.Url;
        var refused = SignedUrls.Forged(uploads, $"{Guid.NewGuid()}/a.bin");
        var good = SignedUrls.V1(uploads, $"{Guid.NewGuid()}/b.bin", Size);

        var said = await RunAsync(
            "/usr/bin/python3", "-c",
            """
            import asyncio, sys, aiohttp
            async def main():
                timeout = aiohttp.ClientTimeout(total=20)
                async with aiohttp.ClientSession(timeout=timeout) as session:
                    for url in sys.argv[1:]:
                        async with session.put(url, data=bytes(2_000_000)) as answer:
                            print(answer.status)
            asyncio.run(main())
            """,
            refused, good, refused, good);

        said.Should().Be("403\n201\n403\n201");
    }

    [FactWith(Installed.Node)]
    public async Task Node_ends_the_stream_of_a_GET_by_an_empty_frame_of_its_own()
    {
        var uploads = deployment.Product.Url;
        var path = $"{Guid.NewGuid()}/a.txt";
        using var http = new HttpClient();
        using var body = new ByteArrayContent(Encoding.ASCII.GetBytes("hello"));
        body.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var put = await http.PutAsync(new Uri(SignedUrls.V1(uploads, path, 5)), body);

        var said = await RunAsync(
            "node", "-e",
            """
            const http2 = require('http2');
            const url = new URL(process.argv[1]);
            const session = http2.connect(url.origin);
            const ask = method => new Promise((done, failed) => {
              const stream = session.request({':method': method, ':path': url.pathname}, {endStream: false});
              let status, text = '';
              stream.on('response', head => status = head[':status']);
              stream.on('data', part => text += part);
              stream.on('end', () => done(console.log(method, status, text)));
              stream.on('error', failed);
              setTimeout(() => stream.end(), 50);
            });
            ask('GET').then(() => ask('HEAD')).then(() => session.close());
            """,
            $"{uploads}{path}");

        put.StatusCode.Should().Be(System.Net.HttpStatusCode.Created);
        said.Should().Be("GET 200 hello\nHEAD 200");
    }

    /// <remarks>The nginx of prosody-filer's README; it sends "Host: [::]:5050".</remarks>
    [FactWith(Installed.Nginx, Installed.Ipv6)]
    public async Task The_nginx_of_prosody_filer_works_unchanged()
    {
        var home = deployment.Folder.NewFolder($"filer-{Guid.NewGuid():N}");
        var (port, backend) = (FreePort.Take(), FreePort.Take());
        await File.WriteAllTextAsync(
            Path.Combine(home, "config.toml"),
            $"""
            [server]
            listen_address = "[::1]:{backend}"
            base_path = "/upload/"
            storage_path = "{home}/store"
            min_free_bytes = "1MB"

            [security]
            secret = "{SignedUrls.Secret}"
            """);
        await File.WriteAllTextAsync(
            Path.Combine(home, "nginx.conf"),
            $$"""
            daemon off;
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            pid {{home}}/pid;
            events { }
            http {
                access_log off;
                client_body_temp_path {{home}}/body;
                proxy_temp_path {{home}}/proxy;
                fastcgi_temp_path {{home}}/fastcgi;
                uwsgi_temp_path {{home}}/uwsgi;
                scgi_temp_path {{home}}/scgi;
                server {
                    listen 127.0.0.1:{{port}};
                    location /upload/ {
                        proxy_pass http://[::]:{{backend}}/upload/;
                        proxy_request_buffering off;
                    }
                }
            }
            """);
        await using var product = ChildProcess.Start(
            Path.Combine(home, "output.log"), [],
            "dotnet", Path.Combine(AppContext.BaseDirectory, "hmac-file-server.dll"),
            "serve", "-c", Path.Combine(home, "config.toml"));
        await using var nginx = ChildProcess.Start(
            Path.Combine(home, "nginx.log"), [],
            "/usr/sbin/nginx", "-p", home, "-c", Path.Combine(home, "nginx.conf"), "-e", Path.Combine(home, "error.log"));
        using var http = new HttpClient();
        var uploads = new Uri($"http://127.0.0.1:{port}/upload/");
        await Readiness.UntilAsync(product, async cancel =>
        {
            using var answer = await http.GetAsync(new Uri($"http://[::1]:{backend}/health"), cancel);
            return answer.IsSuccessStatusCode;
        });
        await Readiness.PortAsync(nginx, port);

        using var put = await http.PutAsync(
            new Uri(SignedUrls.V1(uploads, "a/b.txt", 5)), new ByteArrayContent(Encoding.ASCII.GetBytes("hello")));

        ((int)put.StatusCode).Should().Be(201);
        (await http.GetStringAsync(new Uri($"{uploads}a/b.txt"))).Should().Be("hello");
        await nginx.EndAsync();
        await product.EndAsync();
    }

    private async Task<string> RunAsync(params string[] command)
    {
        var log = Path.Combine(deployment.Folder.Path, $"library-{Guid.NewGuid():N}.log");
        await using var process = ChildProcess.Start(log, [], command);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await process.WaitForExitAsync(patience.Token);
        return string.Join('\n', process.ReadLog().Split('\n').Select(line => line.TrimEnd())).Trim();
    }
}
