using System.Globalization;

namespace HmacFileServer.Interop.Support.Servers;

/// <summary>Stock ejabberd with the shipped mod_http_upload (external_secret), without epmd and ejabberdctl.</summary>
internal sealed class EjabberdServer : IAsyncDisposable
{
    private const string Modules =
        """
          mod_disco: {}
          mod_roster: {}
          mod_ping: {}
          mod_caps: {}
        """;

    private readonly ChildProcess _process;

    private EjabberdServer(ChildProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    /// <summary>The shipped mod_http_upload, signing with external_secret.</summary>
    public static Task<EjabberdServer> StartAsync(TempFolder folder, TestCertificate certificate, Uri uploads)
    {
        var home = folder.NewFolder("ejabberd");
        var upload = ShippedFile.Render(
            "ejabberd/mod_http_upload.yml",
            ("https://upload.example.org", uploads.ToString().TrimEnd('/')),
            ("change-me", SignedUrls.Secret),
            ("/var/lib/ejabberd/upload", Path.Combine(home, "doc")));
        return StartAsync(
            home,
            FreePort.Take(),
            certificate,
            "listen:",
            $"{upload}\n{Modules}\nhost_config:\n  ejabberd-bare.localhost:\n    modules:\n{Indented(Modules)}",
            "alice@ejabberd.localhost", "alice@ejabberd-bare.localhost");
    }

    /// <summary>The product as the component of one virtual host, and asked by mod_http_upload of another.</summary>
    public static Task<EjabberdServer> StartWithComponentAsync(
        TempFolder folder, TestCertificate certificate, int port, int componentPort, string secret, Uri slotUrl)
    {
        var home = folder.NewFolder("ejabberd-component");
        var component = ShippedFile.Render(
            "ejabberd/component.yml",
            ("upload.example.org", "upload.ejabberd.localhost"),
            ("change-me", secret),
            ("port: 5347", string.Create(CultureInfo.InvariantCulture, $"port: {componentPort}")));
        var slots = ShippedFile.Render(
            "ejabberd/service_url.yml",
            ("http://127.0.0.1:8080/slot/change-me", slotUrl.ToString()),
            ("/var/lib/ejabberd/upload", Path.Combine(home, "doc")));
        var onlyThere = Indented($"{slots}\n{Modules}");
        return StartAsync(
            home,
            port,
            certificate,
            component,
            $"modules:\n{Modules}\nhost_config:\n  elsewhere.localhost:\n{onlyThere}",
            "alice@ejabberd.localhost", "bob@ejabberd.localhost", "eve@elsewhere.localhost",
            "mallory@elsewhere.localhost");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string Indented(string yaml) =>
        string.Join('\n', yaml.Split('\n').Select(static line => "    " + line));

    private static async Task<EjabberdServer> StartAsync(
        string home, int port, TestCertificate certificate, string listen, string modules, params string[] accounts)
    {
        var hosts = accounts.Select(static account => $"\"{account.Split('@')[1]}\"").Distinct();
        var configuration = Path.Combine(home, "ejabberd.yml");
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            hosts: [ {{string.Join(", ", hosts)}} ]
            loglevel: 4
            certfiles: [ "{{certificate.ChainAndKey}}" ]
            ca_file: "{{certificate.Authority}}"
            acl:
              local:
                user_regexp: "" # as in the ejabberd.yml that ejabberd comes with
            access_rules:
              local:
                allow: local
            auth_method: internal
            auth_password_format: plain
            {{listen}}
              -
                port: {{port}}
                ip: "127.0.0.1"
                module: ejabberd_c2s
                access: all
                starttls: true
            {{modules}}
            """));

        // Erlang's own resolver knows nothing of *.localhost; this spares the machine's /etc/hosts.
        await File.WriteAllTextAsync(
            Path.Combine(home, "inetrc"),
            """
            {host, {127,0,0,1},
                ["ejabberd.localhost", "upload.ejabberd.localhost", "elsewhere.localhost", "localhost"]}.
            {lookup, [file]}.
            """);

        var registering = accounts.Select(static account => account.Split('@')).Select(static parts =>
            $"ejabberd_auth:try_register(<<\"{parts[0]}\">>, <<\"{parts[1]}\">>, <<\"{SlotClient.Password}\">>), ");
        var boot = "application:ensure_all_started(ejabberd), "
            + string.Concat(registering)
            + $"file:write_file(\"{home}/ready\", <<>>).";
        var process = ChildProcess.Start(
            Path.Combine(home, "output.log"),
            new Dictionary<string, string>
            {
                ["EJABBERD_CONFIG_PATH"] = configuration,
                ["EJABBERD_LOG_PATH"] = Path.Combine(home, "ejabberd.log"),
                ["ERL_LIBS"] = Installed.ErlangLibraries!,
                ["ERL_INETRC"] = Path.Combine(home, "inetrc"),
                ["ERL_CRASH_DUMP_SECONDS"] = "0",
                ["HOME"] = home,
            },
            "/usr/bin/erl", "-noinput", "+S", "2", "-mnesia", "dir", $"\"{home}/mnesia\"",
            "-s", "ejabberd", "-eval", boot);
        await Readiness.UntilAsync(process, _ => Task.FromResult(File.Exists(Path.Combine(home, "ready"))));
        await Readiness.PortAsync(process, port);
        return new EjabberdServer(process, port);
    }
}
