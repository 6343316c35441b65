using System.Globalization;

namespace HmacFileServer.Interop.Support.Servers;

/// <summary>
/// Stock Prosody with one virtual host for each way it can issue slots, each component configured by the shipped file.
/// </summary>
internal sealed class ProsodyServer : IAsyncDisposable
{
    private const string SizeLimit = "10 * 1024 * 1024 * 1024";

    private readonly ChildProcess _process;

    private ProsodyServer(ChildProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    /// <summary>TLS from the first byte.</summary>
    public int DirectTlsPort { get; private init; }

    /// <summary>One virtual host for each way that stock Prosody can issue slots.</summary>
    public static Task<ProsodyServer> StartAsync(TempFolder folder, TestCertificate certificate, Uri uploads)
    {
        var modules = folder.NewFolder("prosody-short-lived");
        ShortenTokens(modules);
        var home = folder.NewFolder("prosody");
        foreach (var host in (string[])["v1", "v2", "share", "bare"])
        {
            AddAccount(home, host, "alice");
            AddAccount(home, host, "bob");
        }

        return StartAsync(home, FreePort.Take(), certificate, modules, "", $$"""
            VirtualHost "v1.localhost"
                disable_sasl_mechanisms = { "SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5" }
            VirtualHost "v2.localhost"
            VirtualHost "share.localhost"
            VirtualHost "bare.localhost"

            {{External("upload.v1.localhost", uploads, protocol: "v1")}}
            {{External("upload.v2.localhost", uploads, protocol: "v2")}}
            {{FileShare("upload.share.localhost", "http_file_share", uploads)}}
            {{FileShare("short.share.localhost", "http_file_share_short", uploads)}}
            """);
    }

    /// <summary>Two virtual hosts, and the product as the component of one.</summary>
    public static Task<ProsodyServer> StartWithComponentAsync(
        TempFolder folder, TestCertificate certificate, int port, int componentPort, string secret)
    {
        var home = folder.NewFolder("prosody-component");
        AddAccount(home, "prosody", "alice");
        AddAccount(home, "prosody", "bob");
        AddAccount(home, "elsewhere", "trudy");
        var component = ShippedFile.Render(
            "prosody/component.cfg.lua", ("upload.example.org", "upload.prosody.localhost"), ("change-me", secret));
        return StartAsync(home, port, certificate, home, $"component_ports = {{ {componentPort} }}", $$"""
            VirtualHost "prosody.localhost"
            VirtualHost "elsewhere.localhost"

            {{component}}
            """);
    }

    /// <summary>
    /// As its own documentation has it: files are kept by Prosody itself, their names in its own storage or in SQLite.
    /// </summary>
    /// <returns>It, and its data folder.</returns>
    public static async Task<(ProsodyServer Server, string Data)> StartWithOwnStoreAsync(
        TempFolder folder, TestCertificate certificate, int httpPort)
    {
        var home = folder.NewFolder("prosody-keeper");
        AddAccount(home, "keeper", "alice");
        var server = await StartAsync(home, FreePort.Take(), certificate, home, "http_interfaces = { \"127.0.0.1\" }",
            """
            VirtualHost "keeper.localhost"

            Component "internal.keeper.localhost" "http_file_share"
                http_host = "localhost"
            Component "sql.keeper.localhost" "http_file_share"
                http_host = "127.0.0.1"
                storage = "sql"
            """, httpPort);
        return (server, home);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<ProsodyServer> StartAsync(
        string home, int port, TestCertificate certificate, string modules, string global, string hosts,
        int? httpPort = null)
    {
        var configuration = Path.Combine(home, "prosody.cfg.lua");
        var directTlsPort = FreePort.Take();
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            run_as_root = true
            pidfile = "{{home}}/prosody.pid"
            data_path = "{{home}}"
            plugin_paths = { "/usr/lib/prosody/modules", "{{modules}}" }
            interfaces = { "127.0.0.1" }
            c2s_ports = { {{port}} }
            c2s_direct_tls_ports = { {{directTlsPort}} }
            s2s_ports = { }
            http_ports = { {{httpPort}} }
            https_ports = { }
            ssl = { certificate = "{{certificate.Chain}}"; key = "{{certificate.Key}}" }
            network_backend = "epoll"
            modules_enabled = { "roster"; "saslauth"; "tls"; "disco"; "ping"; "posix" }
            modules_disabled = { "s2s"; "offline" }
            authentication = "internal_plain"
            storage = "internal"
            limits = { }
            log = { debug = "{{home}}/prosody.log" }
            {{global}}

            {{hosts}}
            """));

        var process = ChildProcess.Start(
            Path.Combine(home, "output.log"), [], "/usr/bin/prosody", "--config", configuration, "-F");
        await Readiness.PortAsync(process, port);
        return new ProsodyServer(process, port) { DirectTlsPort = directTlsPort };
    }

    private static string External(string component, Uri uploads, string protocol) => ShippedFile.Render(
        "prosody/http_upload_external.cfg.lua",
        ("Component \"upload.example.org\"", $"Component \"{component}\""),
        ("https://upload.example.org/", uploads.ToString()),
        ("change-me", SignedUrls.Secret),
        ("_protocol = \"v2\"", $"_protocol = \"{protocol}\""),
        (SizeLimit, SizeLimit));

    private static string FileShare(string component, string module, Uri uploads) => ShippedFile.Render(
        "prosody/http_file_share.cfg.lua",
        ("Component \"upload.example.org\" \"http_file_share\"", $"Component \"{component}\" \"{module}\""),
        ("https://upload.example.org/", uploads.ToString()),
        ("\thttp_file_share_", $"\t{module}_"),
        ("change-me", SignedUrls.Secret));

    /// <summary>
    /// The installed mod_http_file_share, but for the life of its tokens: two seconds instead of 300, so that a test
    /// can see one die. Its settings are named after the module.
    /// </summary>
    private static void ShortenTokens(string modules)
    {
        var stock = File.ReadAllText("/usr/lib/prosody/modules/mod_http_file_share.lua");
        var lifetime = stock.Contains("exp = now+300;", StringComparison.Ordinal) ? "exp = now+300;" : "exp = now+600;";
        if (!stock.Contains(lifetime, StringComparison.Ordinal))
        {
            throw new InvalidOperationException("This Prosody's mod_http_file_share sets exp in another way");
        }

        File.WriteAllText(
            Path.Combine(modules, "mod_http_file_share_short.lua"),
            stock.Replace(lifetime, "exp = now+2;", StringComparison.Ordinal));
    }

    /// <summary>What prosodyctl adduser writes.</summary>
    private static void AddAccount(string home, string host, string user)
    {
        var accounts = Directory.CreateDirectory(Path.Combine(home, host + "%2elocalhost", "accounts"));
        File.WriteAllText(
            Path.Combine(accounts.FullName, user + ".dat"),
            $$"""return { ["password"] = "{{SlotClient.Password}}"; };""");
    }
}
