using HmacFileServer.Interop.Support.Doctor;

namespace HmacFileServer.Interop.Checks;

/// <summary>
/// <c>check --xmpp</c> against a real Prosody and a real ejabberd: what is right gives no finding, and each
/// fault is named.
/// </summary>
[Collection(SharedDeployment.Name)]
public sealed class ChatCheckTests(Deployment deployment)
{
    private const string Marker = "hfs-probe-";

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Ejabberd)]
    [InlineData("v1", "PLAIN")] // nothing else is offered there
    [InlineData("v2", "SCRAM-SHA-256")]
    [InlineData("share", "SCRAM-SHA-256")]
    [InlineData("ejabberd", "SCRAM-SHA-512")]
    public async Task A_slot_of_a_real_server_is_found_good_and_nothing_is_left(string host, string mechanism)
    {
        var check = await CheckAsync(host);

        check.Issues("xmpp").Should().BeEmpty(check.Output);
        check.Output.Should().Contain($"can log in ({mechanism})");
        check.Exit.Should().Be(0, check.Output);
        deployment.Product.FilesLeft().Should().NotContain(static file => file.Contains(Marker));
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Ejabberd)]
    [InlineData("v2", "xmpp-signature")]
    [InlineData("share", "xmpp-signature")]
    [InlineData("ejabberd", "xmpp-signature")]
    public async Task Another_secret_is_named(string host, string code)
    {
        var check = await CheckAsync(host,
            text => text.Replace(SignedUrls.Secret, "another-secret-of-32-characters!", StringComparison.Ordinal));

        Expect(check, code, 2);
        check.Issues("xmpp")
            .Should().Contain(issue => issue.Code == "xmpp-other-settings", "the server that runs has the right one");
        Sweep(); // by the wrong secret nothing can be deleted
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Ejabberd)]
    [InlineData("v1")]
    [InlineData("share")]
    [InlineData("ejabberd")]
    public async Task Another_base_path_is_named(string host)
    {
        var check = await CheckAsync(host, text => text.Replace("/upload/\"", "/\"", StringComparison.Ordinal));

        Expect(check, "xmpp-base-path", 2);
        Sweep();
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Ejabberd)]
    [InlineData("v2", "1GB", "xmpp-size-above", 1)]
    [InlineData("ejabberd", "1GB", "xmpp-size-above", 1)]
    [InlineData("ejabberd", "20GB", "xmpp-size-below", 0)]
    public async Task Another_largest_size_is_named(string host, string size, string code, int exit) =>
        Expect(
            await CheckAsync(host, text =>
                text.Replace("[security]", $"max_upload_size = \"{size}\"\n[security]", StringComparison.Ordinal)),
            code,
            exit);

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Ejabberd)]
    [InlineData("v2")]
    [InlineData("ejabberd")]
    public async Task A_wrong_password_is_named(string host) =>
        Expect(await CheckAsync(host, password: "sesame"), "xmpp-password", 2);

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Ejabberd)]
    [InlineData("bare")]
    [InlineData("ejabberd-bare")]
    public async Task A_server_without_an_upload_service_is_named(string host) =>
        Expect(await CheckAsync(host), "xmpp-no-service", 2);

    [FactWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules)]
    public async Task A_certificate_that_nobody_trusts_is_a_finding_and_an_option_goes_on()
    {
        Expect(await CheckAsync("v2", authority: null), "xmpp-certificate", 2);

        var onward = await CheckAsync("v2", authority: null, more: "--xmpp-any-certificate");

        onward.Issues("xmpp").Select(issue => (issue.Severity, issue.Code)).Should().Equal(
            [("warning", "xmpp-certificate"), ("failure", "xmpp-upload-certificate")], onward.Output);
    }

    [FactWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules)]
    public async Task Direct_TLS_needs_no_STARTTLS()
    {
        var check = await CheckAsync("v2", port: deployment.Prosody.DirectTlsPort, more: "--xmpp-direct-tls");

        check.Issues("xmpp").Should().BeEmpty(check.Output);
        check.Exit.Should().Be(0, check.Output);
    }

    [FactWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules)]
    public async Task STARTTLS_where_TLS_is_expected_says_which_option_is_missing()
    {
        var check = await CheckAsync("v2", port: deployment.Prosody.DirectTlsPort);

        check.Exit.Should().Be(2, check.Output);
        check.Output.Should().Contain("--xmpp-direct-tls");
    }

    private static void Expect(CheckRun check, string code, int exit)
    {
        check.Issues("xmpp").Select(issue => issue.Code).Should().Contain(code, check.Output);
        check.Exit.Should().Be(exit, check.Output);
    }

    private async Task<CheckRun> CheckAsync(
        string host, Func<string, string>? breakage = null, string password = SlotClient.Password,
        string? authority = "", string? more = null, int? port = null)
    {
        var url = deployment.Through(RequestBuffering.Off);
        var settings = $"""
            [server]
            listen_address = "127.0.0.1:{deployment.Product.Port}"
            base_path = "/upload/"
            public_url = "{url}"
            storage_path = "{deployment.Folder.NewFolder($"chat-{Guid.NewGuid():N}")}"
            min_free_bytes = 0
            [security]
            secret = "{SignedUrls.Secret}"
            """;
        var file = deployment.Folder.Write($"chat-{Guid.NewGuid():N}.toml", breakage?.Invoke(settings) ?? settings);
        var nginx = NginxUnderTest.WriteThatTellsNothing(deployment.Folder, deployment.Product.Port);
        port ??= host.StartsWith("ejabberd", StringComparison.Ordinal)
            ? deployment.Ejabberd.Port
            : deployment.Prosody.Port;
        Dictionary<string, string> environment = new() { ["XMPP_PASSWORD"] = password };
        if (authority is not null)
        {
            environment["SSL_CERT_FILE"] = deployment.Certificate.Authority;
        }

        string[] arguments =
        [
            "-c", file, "--nginx", nginx, "--json",
            "--xmpp", $"alice@{host}.localhost", "--xmpp-server", $"127.0.0.1:{port}",
            .. more is null ? Array.Empty<string>() : [more],
        ];
        return await CheckRun.OfAsync(deployment.Folder.Path, environment, arguments);
    }

    private void Sweep()
    {
        foreach (var file in deployment.Product.FilesLeft().Where(static file => file.Contains(Marker)))
        {
            File.Delete(file);
        }
    }
}
