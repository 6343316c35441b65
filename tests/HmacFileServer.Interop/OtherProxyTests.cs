using HmacFileServer.Interop.Support.Doctor;

namespace HmacFileServer.Interop;

/// <summary>
/// <c>check</c> against the shipped configurations of Caddy, HAProxy and Apache with one thing wrong: each is one that
/// the real program takes, and once the advice was followed, it still takes it and nothing is found any more.
/// </summary>
[Collection(SharedDeployment.Name)]
public sealed class OtherProxyTests(Deployment deployment)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [TheoryWith(Installed.Proxies)]
    [InlineData(ProxyKind.Caddy)]
    [InlineData(ProxyKind.Haproxy)]
    [InlineData(ProxyKind.Apache)]
    public async Task The_shipped_configuration_gives_no_finding(ProxyKind kind) =>
        (await CheckAsync(kind, Write(kind, "", "").File)).Issues(Section(kind)).Should().BeEmpty();

    [TheoryWith(Installed.Proxies)]
    [InlineData(ProxyKind.Caddy, "reverse_proxy", "request_body {\n\t\tmax_size 10MB\n\t}\n\treverse_proxy",
        "caddy-body-limit")]
    [InlineData(ProxyKind.Caddy, "flush_interval -1", "flush_interval -1\n\t\tbuffer_requests",
        "caddy-request-buffering")]
    [InlineData(ProxyKind.Caddy, "reverse_proxy", "encode gzip\n\treverse_proxy", "caddy-compression")]
    [InlineData(ProxyKind.Caddy, "response_header_timeout 300s", "response_header_timeout 20s", "caddy-timeout")]
    [InlineData(ProxyKind.Caddy, "admin off", "admin off\n\tservers {\n\t\ttimeouts {\n\t\t\tread_body 1m\n\t\t}\n\t}",
        "caddy-body-timeout")]
    [InlineData(ProxyKind.Caddy, "flush_interval -1", "flush_interval -1\n\t\theader_up -Authorization",
        "caddy-authorization-stripped")]
    [InlineData(ProxyKind.Haproxy, "timeout client 300s", "timeout client 30s", "haproxy-timeout")]
    [InlineData(ProxyKind.Haproxy, "timeout server 300s", "timeout server 20000", "haproxy-timeout")]
    [InlineData(ProxyKind.Haproxy, "mode tcp", "mode http", "haproxy-http2-window")]
    [InlineData(ProxyKind.Haproxy, "mode tcp", "mode http\n    option http-buffer-request",
        "haproxy-request-buffering")]
    [InlineData(ProxyKind.Haproxy, "    timeout connect", "    compression algo gzip\n    timeout connect",
        "haproxy-compression")]
    [InlineData(
        ProxyKind.Haproxy, "mode tcp",
        "mode http\n    http-request deny deny_status 413 if { req.body_size gt 1048576 }", "haproxy-body-limit")]
    [InlineData(ProxyKind.Haproxy, "mode tcp", "mode http\n    http-request del-header Authorization",
        "haproxy-authorization-stripped")]
    [InlineData(ProxyKind.Apache, "LimitRequestBody 0", "LimitRequestBody 1048576", "apache-body-limit")]
    [InlineData(ProxyKind.Apache, "LimitRequestBody 0", "", "apache-body-limit")]
    [InlineData(ProxyKind.Apache, "Timeout 300\n", "Timeout 30\n", "apache-timeout")]
    [InlineData(ProxyKind.Apache, "timeout=300", "timeout=20", "apache-timeout")]
    [InlineData(ProxyKind.Apache, "RequestReadTimeout header=30 body=0", "RequestReadTimeout body=20,MinRate=500",
        "apache-body-timeout")]
    [InlineData(ProxyKind.Apache, "RequestReadTimeout header=30 body=0", "", "apache-body-timeout")]
    [InlineData(ProxyKind.Apache, "AllowEncodedSlashes NoDecode", "", "apache-encoded-slashes")]
    [InlineData(ProxyKind.Apache, "H2WindowSize 1048576", "", "apache-http2-window")]
    [InlineData(ProxyKind.Apache, " nocanon", "", "apache-path-rewritten")]
    [InlineData(ProxyKind.Apache, "ProxyRequests Off", "ProxyRequests Off\n    SetEnv proxy-sendcl 1",
        "apache-request-buffering")]
    [InlineData(ProxyKind.Apache, "ProxyRequests Off", "ProxyRequests Off\n    SetOutputFilter DEFLATE",
        "apache-compression")]
    [InlineData(
        ProxyKind.Apache, "ProxyRequests Off", "ProxyRequests Off\n    RequestHeader unset Authorization",
        "apache-authorization-stripped")]
    [InlineData(ProxyKind.Caddy, "header_up -Expect", "header_up -Expect\n\t\theader_up -X-Forwarded-For",
        "caddy-forwarded-for")]
    [InlineData(ProxyKind.Haproxy, " send-proxy-v2", "", "haproxy-forwarded-for")]
    [InlineData(ProxyKind.Apache, "ProxyRequests Off", "ProxyRequests Off\n    ProxyAddHeaders Off",
        "apache-forwarded-for")]
    public Task A_broken_one_is_named_and_mended_by_the_advice(
        ProxyKind kind, string shipped, string broken, string code)
    {
        var (file, test) = Write(kind, shipped, broken);
        return IsNamedAndMendedAsync(kind, file, test, code);
    }

    [FactWith(Installed.Proxies)]
    public async Task HAProxy_that_speaks_HTTP_and_does_not_tell_whose_uploads_it_passes_on_is_named_and_mended()
    {
        var (file, test) = Write(ProxyKind.Haproxy, "mode tcp", "mode http");
        var text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text.Replace(" send-proxy-v2", "", StringComparison.Ordinal));

        await IsNamedAndMendedAsync(ProxyKind.Haproxy, file, test, "haproxy-forwarded-for");

        (await File.ReadAllTextAsync(file)).Should().Contain("    option forwardfor\n");
    }

    private async Task IsNamedAndMendedAsync(ProxyKind kind, string file, string[] test, string code)
    {
        await AcceptsAsync(test);

        var issues = (await CheckAsync(kind, file)).Issues(Section(kind));

        issues.Select(issue => issue.Code).Should().Contain(code);
        issues.Should().OnlyContain(issue => issue.File == file && issue.Line > 0);
        CheckRun.Apply(issues);
        await AcceptsAsync(test);
        (await CheckAsync(kind, file)).Issues(Section(kind))
            .Should().BeEmpty("its own advice was followed: {0}", await File.ReadAllTextAsync(file));
    }

    private static string Section(ProxyKind kind) => kind.ToString().ToLowerInvariant();

    private (string File, string[] Test) Write(ProxyKind kind, string shipped, string broken)
    {
        var home = deployment.Folder.NewFolder($"checked-{Guid.NewGuid():N}");
        var (file, _, test) = ProxyPrograms.Configure(
            kind, home, deployment.Certificate, FreePort.Take(), deployment.Product.Port);
        var text = File.ReadAllText(file);
        if (shipped.Length > 0)
        {
            text.Should().Contain(shipped);
            File.WriteAllText(file, text.Replace(shipped, broken, StringComparison.Ordinal));
        }

        return (file, test);
    }

    private async Task AcceptsAsync(string[] test)
    {
        await using var process = ChildProcess.Start(
            Path.Combine(deployment.Folder.Path, $"proxy-test-{Guid.NewGuid():N}.log"),
            [new("HOME", deployment.Folder.Path)], test);
        using var patience = new CancellationTokenSource(Patience);
        (await process.WaitForExitAsync(patience.Token)).Should().Be(0, process.ReadLog());
    }

    private Task<CheckRun> CheckAsync(ProxyKind kind, string file)
    {
        var settings = deployment.Folder.Write(
            "checked.toml",
            $"""
            [server]
            listen_address = "127.0.0.1:{deployment.Product.Port}"
            proxy_protocol_address = "127.0.0.1:1"
            storage_path = "{deployment.Folder.Path}/checked"
            [security]
            secret = "{SignedUrls.Secret}"
            """);
        var nginx = NginxUnderTest.WriteThatTellsNothing(deployment.Folder, 8080);
        return CheckRun.OfAsync(
            deployment.Folder.Path, [], "-c", settings, "--nginx", nginx, "--json", $"--{Section(kind)}", file);
    }
}
