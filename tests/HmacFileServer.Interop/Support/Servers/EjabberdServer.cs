using System.Globalization;

namespace HmacFileServer.Interop.Support.Servers;

/// <summary>Stock ejabberd with the shipped mod_http_upload (external_secret), without epmd and ejabberdctl.</summary>
internal sealed class EjabberdServer : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private EjabberdServer(ChildProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static async Task<EjabberdServer> StartAsync(TempFolder folder, TestCertificate certificate, Uri uploads)
    {
        var home = folder.NewFolder("ejabberd");
        var port = FreePort.Take();
        var upload = ShippedFile.Render(
            "ejabberd/mod_http_upload.yml",
            ("https://upload.example.org", uploads.ToString().TrimEnd('/')),
            ("change-me", SignedUrls.Secret),
            ("/var/lib/ejabberd/upload", Path.Combine(home, "doc")));
        var configuration = Path.Combine(home, "ejabberd.yml");
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            hosts: [ "ejabberd.localhost" ]
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
            listen:
              - port: {{port}}
                ip: "127.0.0.1"
                module: ejabberd_c2s
                access: all
                starttls: true
            {{upload}}
              mod_disco: {}
              mod_roster: {}
              mod_ping: {}
              mod_caps: {}
            """));

        // Erlang's own resolver knows nothing of *.localhost; this spares the machine's /etc/hosts.
        await File.WriteAllTextAsync(
            Path.Combine(home, "inetrc"),
            """
            {host, {127,0,0,1}, ["ejabberd.localhost", "upload.ejabberd.localhost", "localhost"]}.
            {lookup, [file]}.
            """);

        var boot = "application:ensure_all_started(ejabberd), "
            + $"ejabberd_auth:try_register(<<\"alice\">>, <<\"ejabberd.localhost\">>, <<\"{SlotClient.Password}\">>), "
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

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
