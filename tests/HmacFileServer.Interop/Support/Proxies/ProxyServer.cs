namespace HmacFileServer.Interop.Support.Proxies;

/// <summary>
/// Every way to stand in front of the server that deploy/ ships, and with request buffering where it can be had.
/// </summary>
/// <remarks>
/// HAProxy and Apache can't store a whole request first: the one waits for one buffer at most, the other only for
/// bodies without a length.
/// </remarks>
public enum ProxyKind
{
    Nginx,
    NginxBuffering,
    NginxAccel,

    /// <summary>TCP, with version 1 of the PROXY protocol.</summary>
    NginxStream,
    Caddy,
    CaddyBuffering,

    /// <summary>TCP, with version 2 of the PROXY protocol.</summary>
    Haproxy,
    Apache,
}

/// <summary>
/// A proxy with its shipped configuration in front of a product of its own, over TLS on 127.0.0.1 and ::1.
/// </summary>
internal sealed class ProxyServer : IAsyncDisposable
{
    private const string Accel = "accel_redirect = \"/stored/\"";
    private readonly IAsyncDisposable _proxy;

    private ProxyServer(IAsyncDisposable proxy, ProductServer product, int port)
    {
        _proxy = proxy;
        Product = product;
        Port = port;
    }

    public ProductServer Product { get; }

    public int Port { get; }

    public Uri Url => new($"https://localhost:{Port}/upload/");

    public static async Task<ProxyServer> StartAsync(
        TempFolder folder, TestCertificate certificate, ProxyKind kind, string maxUploadSize = "10GB")
    {
        var (port, proxied) = (FreePort.Take(), FreePort.Take());
        var server = $"""
            proxy_protocol_address = "127.0.0.1:{proxied}"
            trusted_proxies = ["127.0.0.1"]
            max_upload_size = "{maxUploadSize}"
            """;
        var product = await ProductServer.StartAsync(
            folder, $"behind-{kind}-{port}", server: server, downloads: kind is ProxyKind.NginxAccel ? Accel : "");
        try
        {
            var proxy = await StartAsync(folder, certificate, kind, product, port, proxied);
            return new ProxyServer(proxy, product, port);
        }
        catch
        {
            await product.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await Product.DisposeAsync();
    }

    private static async Task<IAsyncDisposable> StartAsync(
        TempFolder folder, TestCertificate certificate, ProxyKind kind, ProductServer product, int port, int proxied)
    {
        if (kind is ProxyKind.Nginx or ProxyKind.NginxBuffering or ProxyKind.NginxAccel)
        {
            var buffering = kind is ProxyKind.NginxBuffering ? RequestBuffering.On : RequestBuffering.Off;
            var changes = kind is ProxyKind.NginxAccel ? NginxServer.Sending(product.Store) : [];
            return await NginxServer.StartAsync(folder, certificate, port, product.Port, buffering, changes);
        }

        var home = folder.NewFolder($"{kind}-{port}");
        var backend = kind is ProxyKind.Haproxy or ProxyKind.NginxStream ? proxied : product.Port;
        KeyValuePair<string, string>[] environment =
        [
            new("HOME", home), new("XDG_DATA_HOME", home), new("XDG_CONFIG_HOME", home),
        ];
        var process = ChildProcess.Start(
            Path.Combine(home, "output.log"),
            environment,
            ProxyPrograms.Command(kind, home, certificate, port, backend));
        try
        {
            await Readiness.PortAsync(process, port);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
