using System.Net;

namespace HmacFileServer.Interop.Support.Servers;

/// <summary>The built program, started as an operator starts it, with its configuration in a file.</summary>
internal sealed class ProductServer : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private ProductServer(ChildProcess process, int port, string store)
    {
        _process = process;
        Port = port;
        Store = store;
    }

    public int Port { get; }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Its storage_path.</summary>
    public string Store { get; }

    public string Configuration => Path.Combine(Path.GetDirectoryName(Store)!, "config.toml");

    public Uri Url => new($"http://127.0.0.1:{Port}/upload/");

    public string ReadLog() => _process.ReadLog();

    /// <summary>It writes its log a moment after it has answered.</summary>
    public Task<string> LogWithAsync(params string[] words) => _process.LogWithAsync(words);

    /// <summary>Files of clients in the store: everything outside the server's own folder.</summary>
    public string[] FilesLeft() => Files(own: false);

    /// <summary>Bodies still being received, or left behind.</summary>
    public string[] Incoming() => Files(own: true)
        .Where(static file => file.Contains("/incoming/", StringComparison.Ordinal)).ToArray();

    public static async Task<ProductServer> StartAsync(
        TempFolder folder,
        string name,
        string server = "",
        string security = "",
        string downloads = "",
        string more = "",
        int? listenPort = null,
        string[]? launcher = null)
    {
        var home = folder.NewFolder(name);
        var port = listenPort ?? FreePort.Take();
        var store = Path.Combine(home, "store");
        var configuration = Path.Combine(home, "config.toml");
        await File.WriteAllTextAsync(
            configuration,
            $"""
            [server]
            listen_address = "127.0.0.1:{port}"
            base_path = "/upload/"
            storage_path = "{store}"
            min_free_bytes = "1MB"
            {server}

            [security]
            secret = "{SignedUrls.Secret}"
            {security}

            [downloads]
            {downloads}

            {more}
            """);

        var program = Path.Combine(AppContext.BaseDirectory, "hmac-file-server.dll");
        var process = ChildProcess.Start(
            Path.Combine(home, "output.log"),
            [],
            [.. launcher ?? [], "dotnet", program, "serve", "-c", configuration]);
        using var http = new HttpClient();
        var health = new Uri($"http://127.0.0.1:{port}/health");
        await Readiness.UntilAsync(process, async cancel =>
        {
            using var answer = await http.GetAsync(health, cancel);
            return answer.StatusCode is HttpStatusCode.OK;
        });
        return new ProductServer(process, port, store);
    }

    public Task EndAsync() => _process.EndAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private string[] Files(bool own)
    {
        var ours = Path.Combine(Store, ".hfs") + "/";
        return Directory.EnumerateFiles(Store, "*", SearchOption.AllDirectories)
            .Where(file => file.StartsWith(ours, StringComparison.Ordinal) == own)
            .ToArray();
    }
}
