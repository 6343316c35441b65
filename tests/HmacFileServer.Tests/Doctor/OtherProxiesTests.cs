using System.Net;
using HmacFileServer.Doctor;
using HmacFileServer.Doctor.OtherProxies;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Doctor;

public sealed class OtherProxiesTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Theory]
    [InlineData("upload.example.org {\n  request_body {\n    max_size 10MB\n  }\n}", "caddy-body-limit", 3)]
    [InlineData("reverse_proxy localhost:8080 {\n  request_buffers 4MB\n}", "caddy-request-buffering", 2)]
    [InlineData("encode gzip zstd", "caddy-compression", 1)]
    [InlineData("{\n servers { \n timeouts {\n read_body 30s\n } } }", "caddy-body-timeout", 4)]
    public void Caddy_is_read_line_by_line(string text, string code, int line) =>
        Expect(CaddyRules.Find, text, code, line);

    [Theory]
    [InlineData("defaults\n  timeout client 30000", "haproxy-timeout", 2)]
    [InlineData("defaults\n  timeout server 30s", "haproxy-timeout", 2)]
    [InlineData("frontend a\n  option http-buffer-request", "haproxy-request-buffering", 2)]
    public void HAProxy_is_read_line_by_line(string text, string code, int line) =>
        Expect(HaProxyRules.Find, text, code, line);

    [Theory]
    [InlineData("LimitRequestBody 1048576", "apache-body-limit", 1)]
    [InlineData("LimitRequestBody 0\nRequestReadTimeout body=20,MinRate=500", "apache-body-timeout", 2)]
    [InlineData("LimitRequestBody 0\nSetEnv proxy-sendcl 1", "apache-request-buffering", 2)]
    [InlineData("LimitRequestBody 0\nProxyTimeout 30", "apache-timeout", 2)]
    public void Apache_is_read_line_by_line(string text, string code, int line) =>
        Expect(ApacheRules.Find, text, code, line);

    [Theory]
    [InlineData("upload.example.org {\n  reverse_proxy localhost:8080\n}\n# encode gzip")]
    public void Lines_that_do_no_harm_give_no_finding(string text) =>
        Examine(CaddyRules.Find, text).Findings.Should().OnlyContain(finding => finding.Severity == Severity.Good);

    [Theory]
    [InlineData(
        "caddy", "reverse_proxy {\n request_buffers 4KB\n}\nrequest_body {\n max_size 10MiB\n}", "Caddy", 10, true)]
    [InlineData("apache", "Protocols h2\nProxyPass / http://127.0.0.1:8080/", "Apache", 1024, false)]
    [InlineData("apache", "LimitRequestBody 0\nProxyPass / http://127.0.0.1:8080/", "Apache", null, false)]
    [InlineData("haproxy", "frontend a\n mode http\n bind :443 alpn h2", "HAProxy", null, false)]
    public async Task The_arithmetic_reckons_with_the_proxy_that_was_named(
        string option, string text, string name, int? megabytes, bool stores)
    {
        await File.WriteAllTextAsync(folder.File("proxy"), text);
        var request = option switch
        {
            "caddy" => new CheckupRequest { Caddy = folder.File("proxy") },
            "apache" => new CheckupRequest { Apache = folder.File("proxy") },
            _ => new CheckupRequest { HaProxy = folder.File("proxy") },
        };

        var sections = await new Checkup(new ServerSettings(), [], request).ExamineAsync(TimeProvider.System, default);

        sections.Single(section => section.Name == "arithmetic").Intro.Should().Contain(name);
        var link = sections.Single(section => section.Name == "chain").Tables[0].Rows[0];
        link[0].Should().Be(name);
        link[1].Should().Be(megabytes switch { null => "any", 1024 => "1 GB", _ => $"{megabytes} MB" });
        link[^1].Should().Be(stores ? "stored first" : "passed on");
    }

    [Theory]
    [InlineData("backend a\n server b 127.0.0.1:8080", 8081, "server b 127.0.0.1:8081 send-proxy-v2")]
    [InlineData("backend a\n server b 127.0.0.1:8081", 8081, "server b 127.0.0.1:8081 send-proxy-v2")]
    [InlineData("defaults\n mode http\nbackend a\n server b 127.0.0.1:8080", null, "option forwardfor")]
    [InlineData("backend a\n server b 127.0.0.1:8080 send-proxy", null, null)]
    [InlineData("backend a\n server mail 127.0.0.1:25", null, null)]
    [InlineData("defaults\n mode http\n option forwardfor\nbackend a\n server b 127.0.0.1:8080", null, null)]
    public void HAProxy_must_tell_whose_uploads_it_passes_on(string text, int? proxied, string? better)
    {
        var server = new HostSettings
        {
            ProxyProtocolAddress = proxied is { } port ? [ListenAddress.Tcp(IPAddress.Loopback, port)] : [],
        };

        var findings = Examine(lines => AddressRules.OfHaProxy(lines, server), text).Findings;

        findings.Select(finding => finding.Edit?.Text.Trim()).Should().Equal(better);
    }

    [Fact]
    public void Garbage_is_one_finding()
    {
        var file = folder.File("proxy");
        File.WriteAllBytes(file, [0xff, 0xfe, 0, 1, 2]);

        ProxyFile.Examine("Caddy", file, CaddyRules.Find, OtherLimits.OfCaddy).Section.Findings.Should().ContainSingle()
            .Which.Code.Should().Be("proxy-unreadable");
        ProxyFile.Examine("Caddy", folder.File("none"), CaddyRules.Find, OtherLimits.OfCaddy).Section.Findings.Should()
            .ContainSingle().Which.Code.Should().Be("proxy-unreadable");
    }

    [Theory]
    [InlineData("basicauth {", "Take this block away.")]
    [InlineData("encode {", "Take this block away.")]
    public void What_opens_a_block_is_not_commented_out(string line, string remedy)
    {
        var finding = Examine(CaddyRules.Find, line + "\n gzip\n}").Findings.Should().ContainSingle().Which;

        (finding.Edit, finding.Remedy).Should().Be((null, remedy));
    }

    [Fact]
    public void Random_lines_are_never_more_than_findings()
    {
        string[] words =
        [
            "max_size", "encode", "{", "}", "timeout", "client", "server", "10", "9999999999999999999999", "\"",
            "ProxyPass", "http://", "timeout=", "http-request", "deny", "body_size", "LimitRequestBody", "H2WindowSize",
            "-1", "#", "bind", "h2", "mode", "http", "global", "\t", "ä",
        ];
        var random = new Random(20260103);
        for (var round = 0; round < 300; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 60))
                .Select(_ => words[random.Next(words.Length)] + (random.Next(4) == 0 ? "\n" : " ")));
            Func<IReadOnlyList<ProxyLine>, IEnumerable<Finding>>[] all =
                [CaddyRules.Find, HaProxyRules.Find, ApacheRules.Find];
            foreach (var rules in all)
            {
                Examine(rules, text).Findings.Should().OnlyContain(finding => finding.Title.Length > 0);
            }
        }
    }

    public void Dispose() => folder.Dispose();

    private void Expect(Func<IReadOnlyList<ProxyLine>, IEnumerable<Finding>> rules, string text, string code, int line)
    {
        var finding = Examine(rules, text).Findings.Should().ContainSingle().Which;

        finding.Code.Should().Be(code);
        finding.Place!.Line.Should().Be(line);

        var lines = text.Split('\n');
        lines[line - 1] = finding.Edit!.Text;
        Examine(rules, string.Join('\n', lines)).Findings.Should().OnlyContain(left => left.Severity == Severity.Good);
    }

    private Section Examine(Func<IReadOnlyList<ProxyLine>, IEnumerable<Finding>> rules, string text)
    {
        var file = folder.File("proxy");
        File.WriteAllText(file, text);
        return ProxyFile.Examine("Proxy", file, rules, OtherLimits.OfCaddy).Section;
    }
}
