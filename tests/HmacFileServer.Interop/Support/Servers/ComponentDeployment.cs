namespace HmacFileServer.Interop.Support.Servers;

/// <summary>
/// Prosody and ejabberd, each with the product as its component, nginx in front of each product, and one client logged
/// in everywhere. ejabberd's second virtual host asks its product by service_url.
/// </summary>
public sealed class ComponentDeployment : IAsyncLifetime, IDisposable
{
    public const long MaxSize = 1L << 30;
    public const long DailyQuota = 200L << 20;

    private const string Secret = "component-secret-of-32-characters";
    private const string Key = "service-key-of-more-than-16-characters";

    private readonly TempFolder _folder = new();
    private readonly List<ComponentSite> _sites = [];

    internal TempFolder Folder => _folder;

    internal TestCertificate Certificate { get; private set; } = null!;

    internal SlotClient Client { get; private set; } = null!;

    /// <param name="host">"prosody" or "ejabberd".</param>
    internal ComponentSite Site(string host) => _sites.Single(site => site.Host == host);

    public async Task InitializeAsync()
    {
        Certificate = new TestCertificate(
            _folder, "localhost", "prosody.localhost", "ejabberd.localhost", "elsewhere.localhost");
        Client = SlotClient.Start(_folder, Certificate);
        try
        {
            if (Installed.Has(Installed.Nginx, Installed.Prosody, Installed.Slixmpp))
            {
                await AddAsync(new ComponentSite(this, "prosody", Secret, (chatPort, componentPort, _) => StartedAsync(
                    ProsodyServer.StartWithComponentAsync(_folder, Certificate, chatPort, componentPort, Secret))));
            }

            if (Installed.Has(Installed.Nginx, Installed.Ejabberd, Installed.Slixmpp))
            {
                await AddAsync(new ComponentSite(
                    this, "ejabberd", Secret,
                    (chatPort, componentPort, product) => StartedAsync(EjabberdServer.StartWithComponentAsync(
                        _folder, Certificate, chatPort, componentPort, Secret, new Uri(product, $"slot/{Key}"))),
                    $"service_key = \"{Key}\""));
            }
        }
        catch
        {
            await DisposeAsync(); // xunit does not, and servers would outlive the run
            throw;
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var site in _sites)
        {
            await site.DisposeAsync();
        }

        await Client.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    private async Task AddAsync(ComponentSite site)
    {
        _sites.Add(site);
        await site.StartAsync();
    }

    private static async Task<IAsyncDisposable> StartedAsync<T>(Task<T> starting)
        where T : IAsyncDisposable => await starting;
}

/// <summary>One deployment for these tests, one test at a time.</summary>
[CollectionDefinition(Name)]
public sealed class SharedComponentDeployment : ICollectionFixture<ComponentDeployment>
{
    public const string Name = "Component deployment";
}
