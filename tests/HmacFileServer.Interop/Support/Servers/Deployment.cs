namespace HmacFileServer.Interop.Support.Servers;

/// <summary>
/// Everything that is installed, started once for all tests: the product twice, nginx in front of each with request
/// buffering off and on, Prosody, ejabberd, and one client logged in everywhere. About two seconds.
/// </summary>
public sealed class Deployment : IAsyncLifetime, IDisposable
{
    private readonly Stack<IAsyncDisposable> _started = new();
    private readonly TempFolder _folder = new();
    private readonly Dictionary<(ProxyKind, string), ProxyServer> _proxies = [];

    internal TempFolder Folder => _folder;

    internal TestCertificate Certificate { get; private set; } = null!;

    internal SlotClient Client { get; private set; } = null!;

    /// <summary>With the defaults of an operator who sets a secret and a folder.</summary>
    internal ProductServer Product { get; private set; } = null!;

    /// <summary>Takes at most 32 MiB, and JWTs until their <c>exp</c> and no longer.</summary>
    internal ProductServer StrictProduct { get; private set; } = null!;

    internal ProsodyServer Prosody { get; private set; } = null!;

    internal EjabberdServer Ejabberd { get; private set; } = null!;

    private NginxServer[] Nginx { get; set; } = [];

    private NginxServer[] StrictNginx { get; set; } = [];

    /// <summary>The base of the URLs through nginx.</summary>
    internal Uri Through(RequestBuffering buffering) => Nginx[(int)buffering].Url;

    internal Uri ThroughToStrict(RequestBuffering buffering) => StrictNginx[(int)buffering].Url;

    /// <summary>
    /// A product of its own behind this proxy, started when the first test asks; tests run one at a time.
    /// </summary>
    internal async Task<ProxyServer> BehindAsync(ProxyKind kind, string maxUploadSize = "10GB")
    {
        if (!_proxies.TryGetValue((kind, maxUploadSize), out var proxy))
        {
            proxy = Keep(await ProxyServer.StartAsync(_folder, Certificate, kind, maxUploadSize));
            _proxies[(kind, maxUploadSize)] = proxy;
        }

        return proxy;
    }

    public async Task InitializeAsync()
    {
        try
        {
            await StartAsync();
        }
        catch
        {
            await DisposeAsync(); // xunit does not, and servers would outlive the run
            throw;
        }
    }

    public async Task DisposeAsync()
    {
        while (_started.TryPop(out var last))
        {
            await last.DisposeAsync();
        }
    }

    public void Dispose() => _folder.Dispose();

    private async Task StartAsync()
    {
        Certificate = new TestCertificate(
            _folder, "localhost", "v1.localhost", "v2.localhost", "share.localhost", "bare.localhost",
            "ejabberd.localhost",
            "ejabberd-bare.localhost", "keeper.localhost");
        var port = FreePort.Take(); // what the chat servers are told
        var uploads = new Uri($"https://localhost:{port}/upload/");

        var product = StartedAsync(ProductServer.StartAsync(_folder, "product"));
        var strict = StartedAsync(ProductServer.StartAsync(
            _folder,
            "strict-product",
            server: "max_upload_size = \"32MB\"",
            security: "hmac_validity = \"0s\"\nclock_skew = \"0s\""));
        var prosody = Installed.Has(Installed.Prosody, Installed.ProsodyModules)
            ? StartedAsync(ProsodyServer.StartAsync(_folder, Certificate, uploads))
            : null;
        var ejabberd = Installed.Has(Installed.Ejabberd)
            ? StartedAsync(EjabberdServer.StartAsync(_folder, Certificate, uploads))
            : null;
        Client = Keep(SlotClient.Start(_folder, Certificate));

        Product = await product;
        StrictProduct = await strict;
        if (Installed.Has(Installed.Nginx))
        {
            Nginx = await NginxPairAsync(Product.Port, port);
            StrictNginx = await NginxPairAsync(StrictProduct.Port, FreePort.Take());
        }

        if (prosody is not null)
        {
            Prosody = await prosody;
            await LogInAsync(
                Prosody.Port, "alice@v1.localhost", "bob@v1.localhost", "alice@v2.localhost", "alice@share.localhost");
        }

        if (ejabberd is not null)
        {
            Ejabberd = await ejabberd;
            await LogInAsync(Ejabberd.Port, "alice@ejabberd.localhost");
        }
    }

    private async Task<NginxServer[]> NginxPairAsync(int backend, int firstPort) =>
    [
        Keep(await NginxServer.StartAsync(_folder, Certificate, firstPort, backend, RequestBuffering.Off)),
        Keep(await NginxServer.StartAsync(_folder, Certificate, FreePort.Take(), backend, RequestBuffering.On)),
    ];

    private async Task LogInAsync(int port, params string[] accounts)
    {
        if (Installed.Has(Installed.Slixmpp))
        {
            foreach (var account in accounts)
            {
                await Client.LogInAsync(account, port);
            }
        }
    }

    private async Task<T> StartedAsync<T>(Task<T> starting)
        where T : IAsyncDisposable => Keep(await starting);

    private T Keep<T>(T started)
        where T : IAsyncDisposable
    {
        lock (_started)
        {
            _started.Push(started);
        }

        return started;
    }
}

/// <summary>One deployment, one test at a time: tests share two processors with what they test.</summary>
[CollectionDefinition(Name)]
public sealed class SharedDeployment : ICollectionFixture<Deployment>
{
    public const string Name = "Deployment";
}
