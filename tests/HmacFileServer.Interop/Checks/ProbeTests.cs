using HmacFileServer.Interop.Support.Doctor;

namespace HmacFileServer.Interop.Checks;

/// <summary>
/// <c>check --probe</c>: a running server behind a real nginx, looked at from the outside, without its configuration.
/// </summary>
[Collection(SharedDeployment.Name)]
public sealed class ProbeTests(Deployment deployment)
{
    [FactWith(Installed.Nginx)]
    public async Task Through_the_shipped_nginx_the_probe_finds_nothing_and_leaves_nothing()
    {
        var probe = await ProbeAsync(text => text);

        probe.Issues("probe").Should().BeEmpty(probe.Output);
        probe.Exit.Should().Be(0, probe.Output);
        deployment.Product.FilesLeft().Should().NotContain(static file => file.Contains("hfs-probe-"));
        deployment.Product.Incoming().Should().BeEmpty();
    }

    [TheoryWith(Installed.Nginx)]
    [InlineData("default nginx", "probe-request-buffering,probe-body-limit")]
    [InlineData("1 MB limit", "probe-body-limit")]
    [InlineData("request buffering on", "probe-request-buffering")]
    [InlineData("wrong location prefix", "probe-not-arrived")]
    [InlineData("prefix cut off", "probe-path")]
    [InlineData("missing trailing slash", "probe-refused")]
    [InlineData("gzip", "probe-compression")]
    [InlineData("small HTTP/2 window", "probe-http2-window")]
    [InlineData("redirect to another name", "probe-redirect")]
    [InlineData("Authorization stripped", "probe-authorization")]
    [InlineData("wrong port", "probe-not-arrived")]
    [InlineData("password", "probe-not-arrived")]
    public async Task Behind_a_broken_nginx_the_probe_names_the_link_at_fault(string name, string codes)
    {
        var probe = await ProbeAsync(BrokenNginx.All[name].Breakage);

        probe.Issues("probe").Select(issue => issue.Code).Should().Contain(codes.Split(','), probe.Output);
        probe.Exit.Should().BeOneOf([1, 2], probe.Output);
        deployment.Product.FilesLeft().Should().NotContain(static file => file.Contains("hfs-probe-"));
    }

    [TheoryWith(Installed.Nginx)]
    [InlineData("proxy_set_header Content-Type text/plain;", "probe-content-type")]
    [InlineData("proxy_set_header X-Request-ID \"\";", "probe-headers")]
    public async Task A_header_that_does_not_arrive_is_named(string line, string code)
    {
        var probe = await ProbeAsync(text => text.Replace(
            "proxy_set_header Host ", line + "\n        proxy_set_header Host ", StringComparison.Ordinal));

        probe.Issues("probe").Select(issue => issue.Code).Should().Contain(code, probe.Output);
    }

    private async Task<CheckRun> ProbeAsync(Func<string, string> breakage)
    {
        var nginx = new NginxUnderTest(deployment.Folder, deployment.Certificate, deployment.Product.Port, breakage);
        var nothing = NginxUnderTest.WriteThatTellsNothing(deployment.Folder, deployment.Product.Port);
        await using var running = await nginx.StartAsync();
        var probe = await CheckRun.OfAsync(
            deployment.Folder.Path,
            new Dictionary<string, string> { ["SSL_CERT_FILE"] = deployment.Certificate.Authority },
            "-c", nginx.Settings, "--nginx", nothing, "--json", "--probe");
        await running.EndAsync();
        return probe;
    }
}
