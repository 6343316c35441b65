using System.Diagnostics.Metrics;
using System.Net;
using HmacFileServer.Ledger;
using HmacFileServer.Limits;
using HmacFileServer.Memory;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Slots.Issuing;
using HmacFileServer.Storage;
using HmacFileServer.Uploads;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HmacFileServer.Tests.Support;

/// <summary>
/// The server as it is, on a loopback port, with a store of its own and settings from a real TOML file.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly TempFolder folder;
    private bool stopped;

    private TestServer(WebApplication app, TempFolder folder, CapturedLog log)
    {
        this.app = app;
        this.folder = folder;
        Log = log;
        Metrics = new CapturedMetrics(app.Services.GetRequiredService<IMeterFactory>());
    }

    public CapturedLog Log { get; }

    public CapturedMetrics Metrics { get; }

    public string StorePath => folder.File("store");

    public string IncomingPath => Path.Combine(StorePath, ".hfs", "incoming");

    /// <summary>A file beside the store.</summary>
    public string InFolder(string relative) => folder.File(relative);

    public IEnumerable<string> Urls => app.Urls;

    public Uri Url => new(app.Urls.First());

    public IPEndPoint EndPoint => new(IPAddress.Loopback, Url.Port);

    public ActiveUploads Uploads => app.Services.GetRequiredService<ActiveUploads>();

    public SlotIssuer Issuer => app.Services.GetRequiredService<SlotIssuer>();

    public IEnumerable<Type> HostedServices =>
        app.Services.GetServices<IHostedService>().Select(service => service.GetType());

    /// <summary>Whether something has stopped the host.</summary>
    public bool IsStopping =>
        app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;

    public ServerSettings Settings => app.Services.GetRequiredService<LiveSettings>().Current;

    public ReceiveMemory ReceiveMemory => app.Services.GetRequiredService<ReceiveMemory>();

    public long PromisedBytes => app.Services.GetRequiredService<DiskBlobStore>().Space.PromisedBytes;

    /// <param name="server">Lines of the table [server]; the rest likewise.</param>
    /// <param name="more">Other tables, with their heads.</param>
    public static async Task<TestServer> StartAsync(
        string server = "",
        string security = "",
        string more = "",
        TimeProvider? clock = null,
        Action<TempFolder>? prepare = null,
        Func<string, DiskSpace>? disk = null,
        Func<ILedger, ILedger>? ledger = null,
        OpenFiles? files = null)
    {
        var own = new TempFolder();
        var file = own.File("config.toml");
        Directory.CreateDirectory(own.File("store"));
        prepare?.Invoke(own);
        await File.WriteAllTextAsync(file, Toml(own, server, security, more));

        ServerSettings Load() => SettingsLoader.Load(file, new Dictionary<string, string>());
        var log = new CapturedLog();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.AddHmacFileServer(Load(), Load, watched: null);
        builder.Logging.AddProvider(log);
        builder.Logging.AddFilter<CapturedLog>(null, LogLevel.Debug);
        if (clock is not null)
        {
            builder.Services.AddSingleton(clock);
        }

        if (files is not null)
        {
            builder.Services.AddSingleton(files);
        }

        if (disk is not null)
        {
            builder.Services.AddSingleton(disk(own.File("store")));
        }

        if (ledger is not null)
        {
            var open = builder.Services.Last(one => one.ServiceType == typeof(ILedger)).ImplementationFactory!;
            builder.Services.AddSingleton(provider => ledger((ILedger)open(provider)));
        }

        var started = new TestServer(builder.Build().UseHmacFileServer(), own, log);
        await started.app.StartAsync();
        return started;
    }

    public static string Toml(TempFolder folder, string server = "", string security = "", string more = "")
    {
        string Unless(string given, string key, string value) =>
            ("\n" + given).Contains($"\n{key} =", StringComparison.Ordinal) ? "" : $"{key} = {value}\n";
        return "[server]\n"
            + Unless(server, "listen_address", "\"127.0.0.1:0\"")
            + Unless(server, "storage_path", $"\"{folder.File("store")}\"")
            + Unless(server, "min_free_bytes", "0")
            + server.Replace("{folder}", folder.Path, StringComparison.Ordinal) + "\n[security]\n"
            + Unless(security, "secret", $"\"{SignedUrls.Secret}\"")
            + security + "\n" + more.Replace("{folder}", folder.Path, StringComparison.Ordinal) + "\n"
            + (more.Contains("[metrics]", StringComparison.Ordinal) ? "" : "[metrics]\nlisten_address = \"\"\n")
            + (more.Contains("[logging]", StringComparison.Ordinal) ? "" : "[logging]\nlevel = \"critical\"\n");
    }

    public Task<RawConnection> ConnectAsync() => RawConnection.OpenAsync(EndPoint);

    /// <summary>One request on a connection of its own.</summary>
    public async Task<RawResponse> SendAsync(string requestLine, params string[] headers)
    {
        await using var wire = await ConnectAsync();
        await wire.SendAsync([requestLine, "Host: files.example", .. headers]);
        return await wire.ReadAsync(hasBody: !requestLine.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    public Task<RawResponse> GetAsync(string target, params string[] headers) =>
        SendAsync($"GET {target} HTTP/1.1", headers);

    /// <summary>A PUT that sends its whole body and then reads the answer.</summary>
    public async Task<RawResponse> PutAsync(string target, byte[] body, params string[] headers)
    {
        await using var wire = await ConnectAsync();
        await wire.SendAsync(
            [$"PUT {target} HTTP/1.1", "Host: files.example", $"Content-Length: {body.Length}", .. headers]);
        var sending = wire.SendWhilePossibleAsync(body);
        var response = await wire.ReadAsync();
        await sending;
        return response;
    }

    public T Service<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    /// <summary>
    /// Every file below the store, incoming ones too; the ledger's own and the socket of "status" aside.
    /// </summary>
    public string[] FilesLeft() =>
    [
        .. Directory.EnumerateFiles(StorePath, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(StorePath, path))
            .Where(path => !path.StartsWith(Path.Combine(".hfs", "ledger.db"), StringComparison.Ordinal))
            .Where(path => path != Path.Combine(".hfs", "status.sock"))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// That nothing was left: no file but those named, no temporary one, no reservation, no complaint of Kestrel's.
    /// </summary>
    public void ExpectLeft(params string[] files)
    {
        FilesLeft().Should().Equal(files);
        PromisedBytes.Should().Be(0);
        Metrics.Sum("hfs.uploads.running").Should().Be(0);
        Log.Lines.Where(
            line => line.Level >= LogLevel.Warning && line.Category.StartsWith("Microsoft", StringComparison.Ordinal))
            .Should().BeEmpty();
    }

    public byte[] Stored(string key) => File.ReadAllBytes(Path.Combine(StorePath, key));

    public async Task StopAsync()
    {
        stopped = true;
        await app.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!stopped)
        {
            // A test that failed leaves half an upload behind; nobody waits for its end.
            using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            await app.StopAsync(now.Token);
        }

        await app.DisposeAsync();
        Metrics.Dispose();
        folder.Dispose();
    }
}
