using HmacFileServer.Doctor;
using HmacFileServer.Doctor.Chat;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Doctor.Chat;

public sealed class SlotReadingTests : IDisposable
{
    private const long Size = 4096;
    private const string Type = "application/octet-stream";
    private const string Key = "0f1e/cat.bin";

    private readonly TempFolder folder = new();

    [Theory]
    [InlineData("https://up.example.org/0f1e/cat.bin?v={v}")]
    [InlineData("https://up.example.org/0f1e/cat.bin?v2={v2}")]
    public void A_slot_as_it_should_be_gives_no_finding(string url) =>
        Codes(url).Should().Equal("ok");

    [Theory]
    [InlineData("http://up.example.org/0f1e/cat.bin?v={v}", "xmpp-url-scheme,xmpp-url,ok")]
    [InlineData("https://elsewhere.example.org/0f1e/cat.bin?v={v}", "xmpp-url,ok")]
    [InlineData("https://up.example.org/0f1e/cat.bin", "xmpp-unsigned")]
    [InlineData("https://up.example.org/0f1e/cat.bin?v={wrong}", "xmpp-signature")]
    [InlineData("https://up.example.org/upload/0f1e/cat.bin?v={v}", "xmpp-base-path")]
    [InlineData("https://up.example.org/upload/0f1e/cat.bin?v2={v2}", "xmpp-base-path")]
    [InlineData("https://up.example.org//cat.bin?v={v}", "xmpp-slot")]
    public void What_is_wrong_with_a_slot_is_read_off_it(string url, string codes) =>
        Codes(url).Should().Equal(codes.Split(','));

    [Fact]
    public void A_scheme_that_is_off_is_named()
    {
        var finding = Read("https://up.example.org/0f1e/cat.bin?v={v}", "schemes = [\"jwt\"]").Single();

        finding.Code.Should().Be("xmpp-scheme");
        finding.Remedy.Should().Be("Add \"v\" to security.schemes.");
    }

    [Fact]
    public void The_base_path_that_would_be_right_is_told() =>
        Read("https://up.example.org/upload/0f1e/cat.bin?v={v}").Single()
            .Remedy.Should().Contain("base_path = \"/upload/\"");

    [Fact]
    public void A_previous_secret_is_worth_a_note()
    {
        var finding = Read("https://up.example.org/0f1e/cat.bin?v={old}",
            "previous_secrets = [\"the-secret-of-last-year-1234567890\"]").Single();

        (finding.Severity, finding.Code).Should().Be((Severity.Note, "xmpp-previous-secret"));
    }

    [Fact]
    public void No_finding_shows_the_signature()
    {
        const string Wrong = "https://elsewhere.example.org/upload/0f1e/cat.bin?v={wrong}";

        var text = TextReport.Plain([new Section("xmpp", "x") { Findings = [.. Read(Wrong)] }]);

        text.Should().NotContain(Filled("{wrong}")[..16]).And.NotContain("?v=");
    }

    [Theory]
    [InlineData(10L << 30, null, "ok")]
    [InlineData(20L << 30, null, "xmpp-size-above")]
    [InlineData(100L << 20, null, "xmpp-size-below")]
    [InlineData(10L << 30, 1L << 20, "xmpp-size-proxy")]
    [InlineData(null, null, "xmpp-no-size")]
    public void The_announced_size_is_compared_with_ours_and_the_proxys(long? announced, long? proxy, string code)
    {
        var limits = ProxyLimits.Shipped with { MaxBody = proxy };

        var findings = SizeChecks.Of(new UploadService("up", announced, ""), Settings(), limits, UploadCase.Story);

        findings.Select(finding => finding.Code).Should().Equal(code);
    }

    public void Dispose() => folder.Dispose();

    private string[] Codes(string url) => [.. Read(url).Select(finding => finding.Code)];

    private Finding[] Read(string url, string security = "")
    {
        var slot = new ChatSlot("cat.bin", Size, Type, Filled(url), "https://up.example.org/0f1e/cat.bin", []);
        return [.. SlotReading.Of(slot, Settings(security), TimeProvider.System.GetUtcNow())];
    }

    private static string Filled(string url) => url
        .Replace("{v}", SignedUrls.Hex($"{Key} {Size}"), StringComparison.Ordinal)
        .Replace("{v2}", SignedUrls.Hex($"{Key}\0{Size}\0{Type}"), StringComparison.Ordinal)
        .Replace("{wrong}", SignedUrls.Hex("something else"), StringComparison.Ordinal)
        .Replace("{old}", SignedUrls.Hex($"{Key} {Size}", "the-secret-of-last-year-1234567890"),
            StringComparison.Ordinal);

    private ServerSettings Settings(string security = "")
    {
        var toml = folder.File("config.toml");
        File.WriteAllText(
            toml, TestServer.Toml(folder, "public_url = \"https://up.example.org/\"", security: security));
        return SettingsLoader.Load(toml, new Dictionary<string, string>());
    }
}
