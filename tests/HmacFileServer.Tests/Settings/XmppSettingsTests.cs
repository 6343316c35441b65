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
    [InlineData("service_addresses = [\"::1\"]", "xmpp.service_addresses  ")]
    public void Slots_need_a_public_url_and_a_scheme_that_takes_them(string xmpp, string key)
    {
        Problems(xmpp, server: "").Should().ContainSingle().Which.Should().Contain(key + "needs server.public_url");
        Problems(xmpp, security: "schemes = [\"v\", \"v2\"]").Should().ContainSingle()
            .Which.Should().Contain(key + "needs \"jwt\"");
    }

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
