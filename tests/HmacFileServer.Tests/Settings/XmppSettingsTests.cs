using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Settings;

public sealed class XmppSettingsTests
{
    private const string PublicUrl = "public_url = \"https://upload.example.org/\"";
    private const string Whole = "domain = \"Upload.Example.Org\"\nsecret = \"component secret of the tests\"\n";

    [Fact]
    public void A_domain_and_a_secret_make_a_component_for_the_parent_domain()
    {
        var xmpp = Load(Whole).Xmpp;

        xmpp.Domain.Should().Be("upload.example.org");
        xmpp.Server.Should().Be("127.0.0.1");
        xmpp.Port.Should().Be(5347);
        xmpp.Admits("example.org").Should().BeTrue();
        xmpp.Admits("EXAMPLE.org").Should().BeTrue();
        xmpp.Admits("org").Should().BeFalse();
        xmpp.Admits("upload.example.org").Should().BeFalse();
        xmpp.Admits("badexample.org").Should().BeFalse();
        xmpp.HasSlotUrl.Should().BeFalse();
    }

    [Fact]
    public void The_component_s_secret_may_stand_in_a_file()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("secret"), "component secret of the tests\n");

        var xmpp = Load($"domain = \"upload.example.org\"\nsecret_file = \"{folder.File("secret")}\"").Xmpp;

        xmpp.Secret.Should().Be(new Secret("component secret of the tests"));
    }

    [Theory]
    [InlineData("domain = \"upload.example.org\"", "xmpp.secret  is missing")]
    [InlineData("secret = \"component secret of the tests\"", "xmpp.domain  is missing")]
    [InlineData("domain = \"alice@example.org\"\nsecret = \"component secret of the tests\"", "is not a domain")]
    [InlineData("domain = \"\"\nsecret = \"component secret of the tests\"", "is not a domain")]
    [InlineData(Whole + "secret_file = \"/x\"", "give one of the two")]
    [InlineData("domain = \"upload.example.org\"\nsecret = \"change-me\"", "was published")]
    [InlineData("service_key = \"short\"", "at least 16")]
    [InlineData("service_key = \"what?is=this&long#key\"", "takes letters, digits")]
    [InlineData("service_addresses = [\"everybody\"]", "is not an address")]
    [InlineData("allow = [\"example.org\", \"a b\"]", "is not a domain")]
    [InlineData("name = \"a\\u0007b\"", "is not a name")]
    [InlineData("port = 0", "1 to 65535")]
    public void Half_a_component_and_odd_values_are_mistakes(string xmpp, string problem) =>
        Problems(xmpp).Should().ContainSingle(line => line.Contains(problem, StringComparison.Ordinal));

    [Theory]
    [InlineData(Whole, "xmpp.domain  ")]
    [InlineData("service_key = \"0123456789abcdef\"", "xmpp.service_key  ")]
    [InlineData("service_addresses = [\"10.1.2.3\"]", "xmpp.service_addresses  ")]
    public void Slots_need_a_public_url_and_a_scheme_that_takes_them(string xmpp, string key)
    {
        Problems(xmpp, server: "").Should().ContainSingle().Which.Should().Contain(key + "needs server.public_url");
        Problems(xmpp, security: "schemes = [\"v\", \"v2\"]").Should().ContainSingle()
            .Which.Should().Contain(key + "needs \"jwt\"");
    }

    /// <remarks>Behind a proxy that tells no addresses, everybody would have the allowed one.</remarks>
    [Theory]
    [InlineData("127.0.0.1", "")]
    [InlineData("::1", "")]
    [InlineData("127.8.0.0/16", "")]
    [InlineData("0.0.0.0/0", "")]
    [InlineData("::/0", "")]
    [InlineData("127.0.0.1", "trusted_proxies = []")]
    [InlineData("10.1.2.3", "trusted_proxies = [\"10.0.0.0/8\"]")]
    [InlineData("10.0.0.0/8", "trusted_proxies = [\"192.0.2.1\", \"10.1.2.3\"]")]
    [InlineData("2001:db8::/32", "trusted_proxies = [\"2001:db8::7\"]")]
    [InlineData("192.0.2.9\", \"10.1.2.3", "trusted_proxies = [\"10.1.2.3\"]")]
    [InlineData("198.51.100.7", "listen_address = \"198.51.100.7:8080\"")]
    [InlineData("198.51.100.0/24", "proxy_protocol_address = \"198.51.100.7:8081\"")]
    [InlineData("10.1.2.3", "listen_address = \"unix:/run/x.sock\"")]
    public void An_address_that_a_proxy_may_have_opens_nothing_without_a_key(string address, string server)
    {
        var xmpp = $"service_addresses = [\"{address}\"]";

        Problems(xmpp, PublicUrl + "\n" + server).Should().ContainSingle()
            .Which.Should().MatchRegex(@"config\.toml:\d+  xmpp\.service_addresses  .*set service_key");
        Load(xmpp + "\nservice_key = \"0123456789abcdef\"", PublicUrl + "\n" + server).Xmpp.HasSlotUrl
            .Should().BeTrue();
    }

    [Theory]
    [InlineData("10.1.2.3", "")]
    [InlineData("10.1.2.3", "trusted_proxies = [\"10.1.2.4\"]")]
    [InlineData("2001:db8::7", "trusted_proxies = [\"10.0.0.0/8\"]")]
    public void An_address_that_no_proxy_has_is_enough(string address, string server) =>
        Load($"service_addresses = [\"{address}\"]", PublicUrl + "\n" + server).Xmpp.HasSlotUrl.Should().BeTrue();

    private static ServerSettings Load(string xmpp, string server = PublicUrl, string security = "")
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("config.toml"), TestServer.Toml(folder, server, security, $"[xmpp]\n{xmpp}"));
        return SettingsLoader.Load(folder.File("config.toml"), new Dictionary<string, string>());
    }

    private static string[] Problems(string xmpp, string server = PublicUrl, string security = "")
    {
        var loading = () => Load(xmpp, server, security);
        return [.. loading.Should().Throw<SettingsException>().Which.Problems.Select(problem => problem.ToString())];
    }
}
