namespace HmacFileServer.Interop.Support.Servers;

/// <summary>
/// One chat server, the product as its component, and nginx. Either of the first two can be started anew.
/// </summary>
/// <param name="startChat">Starts the chat server: its own port, that for components, the product's URL.</param>
/// <param name="xmpp">More lines of the product's [xmpp].</param>
internal sealed class ComponentSite(
    ComponentDeployment deployment,
    string host,
    string secret,
    Func<int, int, Uri, Task<IAsyncDisposable>> startChat,
    string xmpp = "") : IAsyncDisposable
{
    private readonly int _componentPort = FreePort.Take();
    private readonly int _productPort = FreePort.Take();
    private readonly int _nginxPort = FreePort.Take();
    private NginxServer? _nginx;
    private IAsyncDisposable? _chat;

    public string Host => host;

    public int ChatPort { get; } = FreePort.Take();

    public string Service => $"upload.{host}.localhost";

    public string Alice => $"alice@{host}.localhost";

    public string Bob => $"bob@{host}.localhost";

    /// <summary>Somebody of another virtual host of the same server.</summary>
    public string Stranger => host == "prosody" ? "trudy@elsewhere.localhost" : "mallory@elsewhere.localhost";

    public ProductServer Product { get; private set; } = null!;

    public async Task StartAsync()
    {
        _nginx = await NginxServer.StartAsync(
            deployment.Folder, deployment.Certificate, _nginxPort, _productPort, RequestBuffering.Off);
        await StartChatAsync();
        await StartProductAsync();
        await UntilConnectedAsync();
    }

    public async Task StartChatAsync()
    {
        _chat = await startChat(ChatPort, _componentPort, new Uri($"http://127.0.0.1:{_productPort}/upload/"));
        await LogInAsync();
    }

    public async Task StopChatAsync() => await _chat!.DisposeAsync();

    public async Task StartProductAsync() => Product = await ProductServer.StartAsync(
        deployment.Folder,
        $"component-product-{host}",
        server: $"public_url = \"https://localhost:{_nginxPort}/upload/\"\n"
            + $"max_upload_size = {ComponentDeployment.MaxSize}",
        more:
        $"""
        [quotas]
        per_owner_daily = {ComponentDeployment.DailyQuota}

        [uploads]
        blocked_extensions = ["malware"]

        [xmpp]
        domain = "{Service}"
        port = {_componentPort}
        secret = "{secret}"
        slots_per_minute = 0
        {xmpp}
        """,
        listenPort: _productPort);

    public async Task StopProductAsync() => await Product.DisposeAsync();

    /// <summary>Until the service answers.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> UntilConnectedAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await deployment.Client.AskAsync(Alice, Service, "<ping xmlns='urn:xmpp:ping'/>");
            var elapsed = TimeProvider.System.GetElapsedTime(started);
            if (answer.Attribute("type")!.Value == "result")
            {
                return elapsed;
            }

            if (elapsed > TimeSpan.FromSeconds(30))
            {
                throw new TimeoutException($"The component did not connect: {answer} {Product.ReadLog()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var started in (IAsyncDisposable?[])[Product, _chat, _nginx])
        {
            if (started is not null)
            {
                await started.DisposeAsync();
            }
        }
    }

    private async Task LogInAsync()
    {
        string[] more = host == "ejabberd" ? ["eve@elsewhere.localhost"] : [];
        foreach (var account in (string[])[Alice, Bob, Stranger, .. more])
        {
            await deployment.Client.LogInAsync(account, ChatPort);
        }
    }
}
