using System.Text.Json;
using HmacFileServer.Doctor;
using HmacFileServer.Doctor.Clients;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Doctor;

public sealed class ReportTests : IDisposable
{
    private static readonly ProxyLimits Storing =
        ProxyLimits.Shipped with
        {
            Name = "nginx",
            StoresFirst = true,
            Http2Window = null,
            AnswerSilence = TimeSpan.FromSeconds(60),
        };

    private readonly TempFolder folder = new();

    [Fact]
    public async Task The_report_fits_eighty_columns()
    {
        var text = TextReport.Plain(await SectionsAsync());

        text.Should().Contain("FAIL nginx stores every upload before it passes it on");
        text.Split('\n').Should().OnlyContain(line => line.Length <= 80);
    }

    [Fact]
    public async Task The_report_never_speaks_of_HMAC()
    {
        var text = TextReport.Plain(await SectionsAsync());

        text.Replace("hmac_validity", "", StringComparison.Ordinal).Should().NotContainEquivalentOf("hmac");
    }

    [Fact]
    public async Task The_exit_status_is_that_of_the_worst_finding()
    {
        Finding Of(Severity severity) => new(severity, "code", Link.Proxy, "title");
        Section With(params Severity[] severities) => new("a", "A") { Findings = [.. severities.Select(Of)] };

        Checkup.ExitStatus([With(Severity.Good, Severity.Note)]).Should().Be(0);
        Checkup.ExitStatus([With(Severity.Warning), With(Severity.Good)]).Should().Be(1);
        Checkup.ExitStatus([With(Severity.Failure), With(Severity.Warning)]).Should().Be(2);
        Checkup.ExitStatus(await SectionsAsync()).Should().Be(2);
    }

    [Fact]
    public async Task The_secret_is_not_in_the_report()
    {
        var sections = await SectionsAsync();
        using var json = new MemoryStream();
        JsonReport.Write(json, sections, 2);

        TextReport.Plain(sections).Should().Contain("(not shown)").And.NotContain(SignedUrls.Secret);
        System.Text.Encoding.UTF8.GetString(json.ToArray()).Should().NotContain(SignedUrls.Secret);
    }

    [Fact]
    public async Task The_json_names_file_and_line_and_what_to_put_there()
    {
        using var json = new MemoryStream();
        JsonReport.Write(json, await SectionsAsync(), 2);

        using var report = JsonDocument.Parse(json.ToArray());
        var finding = report.RootElement.GetProperty("sections").EnumerateArray()
            .SelectMany(section => section.GetProperty("findings").EnumerateArray())
            .Single(finding => finding.GetProperty("code").GetString() == "nginx-body-limit");
        finding.GetProperty("edit").GetProperty("line").GetInt32().Should().Be(3);
        finding.GetProperty("edit").GetProperty("text").GetString().Should().Be("    client_max_body_size 0;");
    }

    [Theory]
    [InlineData(100L << 20, 34952)]
    [InlineData(1L << 30, 357914)]
    [InlineData(10L << 30, 3579139)]
    public void Gajim_needs_a_three_thousandth_of_the_file_a_second(long bytes, double least)
    {
        var gajim = KnownClients.All.Single(client => client.Name == "Gajim");

        gajim.LeastRate(bytes).Should().BeApproximately(least, 1);
    }

    [Fact]
    public void Behind_a_storing_proxy_Dino_needs_the_whole_file_within_a_minute_and_else_it_needs_nothing()
    {
        var dino = KnownClients.All.Single(client => client.Name == "Dino");
        var settings = new ServerSettings();

        new Reckoning(settings, Storing).LeastRate(dino, 60 << 20).Should().BeApproximately(1 << 20, 1);
        new Reckoning(settings, ProxyLimits.Shipped).LeastRate(dino, 60 << 20).Should().Be(0);
    }

    [Fact]
    public void A_token_dies_in_a_storing_proxy_and_nowhere_else()
    {
        var twoAndAHalfHours = new UploadCase(10L << 30, 10);
        var settings = new ServerSettings();

        new Reckoning(settings, Storing).Deaths(twoAndAHalfHours).Should().Contain(death => death.Letter == 'J');
        new Reckoning(settings, ProxyLimits.Shipped).Deaths(twoAndAHalfHours)
            .Should().NotContain(death => death.Letter == 'J');
        new Reckoning(
            settings with { Security = settings.Security with { Schemes = ["v", "v2"] } }, Storing)
            .Deaths(twoAndAHalfHours).Should().NotContain(death => death.Letter == 'J', "v and v2 never expire");
    }

    public void Dispose() => folder.Dispose();

    private Task<IReadOnlyList<Section>> SectionsAsync()
    {
        var toml = folder.File("config.toml");
        File.WriteAllText(toml, TestServer.Toml(
            folder, "listen_address = \"127.0.0.1:8080\"\npublic_url = \"https://upload.example.org\""));
        var nginx = folder.File("nginx.conf");
        File.WriteAllText(
            nginx,
            """
            http { server {
            listen [::]:443 ssl http2; server_name upload.example.org;
            location / {
              proxy_pass http://127.0.0.1:8080;
            } } }
            """);
        var none = new Dictionary<string, string>();
        var checkup = new Checkup(
            SettingsLoader.Load(toml, none), SettingsLoader.Written(toml, none), new CheckupRequest { Nginx = nginx });
        return checkup.ExamineAsync(TimeProvider.System, default);
    }
}
