using System.Text.Json;
using System.Text.RegularExpressions;
using HmacFileServer.Telemetry;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Telemetry;

/// <summary>The dashboard and the alerts that ship: whole, and about metrics that exist.</summary>
public sealed partial class MonitoringTests
{
    private const int GridWidth = 24;

    private const string AsComponent = """
        [metrics]
        listen_address = "127.0.0.1:0"
        [xmpp]
        domain = "upload.example.org"
        secret = "nobody is there"
        port = 1
        """;

    private static readonly string Alerts = Repository.File("deploy", "prometheus", "alerts.yml");
    private static readonly string AlertTests = Repository.File("deploy", "prometheus", "alerts.test.yml");
    private static readonly string Dashboard = Repository.File("deploy", "grafana", "dashboard.json");

    [Fact]
    public async Task Every_metric_of_the_dashboard_and_of_the_alerts_is_told_by_the_running_server()
    {
        await using var server = await StartAsync();
        using var http = new HttpClient();

        var told = SampleName().Matches(await http.GetStringAsync(server.Service<MetricsEndpoint>().Address))
            .Select(match => match.Value).ToHashSet();

        var wanted = Expressions(Dashboard).Append(await File.ReadAllTextAsync(Alerts))
            .SelectMany(text => MetricName().Matches(text)).Select(match => match.Value).ToHashSet();
        wanted.Should().HaveCountGreaterThan(30).And.BeSubsetOf(told);
    }

    [ProgramFact("prometheus")]
    public async Task A_real_Prometheus_scrapes_the_server_and_understands_every_question_of_the_dashboard()
    {
        await using var server = await StartAsync();
        await using var prometheus = new PrometheusProcess(new Uri(server.Service<MetricsEndpoint>().Address!));

        var stored = await prometheus.FirstAsync("hfs_uploads_total{scheme=\"v\",job=\"hmac-file-server\"} == 1");
        stored.GetProperty("metric").GetProperty("instance").GetString().Should().StartWith("127.0.0.1:");
        (await prometheus.FirstAsync("up")).GetProperty("value")[1].GetString().Should().Be("1");

        foreach (var expression in Expressions(Dashboard))
        {
            var query = expression.Replace("$__rate_interval", "1m", StringComparison.Ordinal)
                .Replace("$job", ".*", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal);
            (await prometheus.QueryAsync(query)).GetProperty("status").GetString().Should().Be("success", query);
        }

        var groups = (await prometheus.GetAsync("/api/v1/rules")).GetProperty("data").GetProperty("groups");
        groups[0].GetProperty("rules").GetArrayLength().Should().Be(AlertNames().Length);
        groups[0].GetProperty("rules").EnumerateArray()
            .Where(rule => rule.GetProperty("state").GetString() == "firing").Should().BeEmpty();
    }

    [ProgramFact("promtool")]
    public async Task The_alerts_are_sound_and_fire_when_they_should()
    {
        var (checking, objections) = await Tool.RunAsync("promtool", ["check", "rules", Alerts]);
        var (testing, failures) = await Tool.RunAsync("promtool", ["test", "rules", AlertTests]);

        (checking, testing).Should().Be((0, 0), objections + failures);
    }

    [Fact]
    public void Every_alert_has_a_unit_test_in_which_it_fires_and_one_in_which_it_stays_silent()
    {
        var tests = File.ReadAllText(AlertTests);

        foreach (var name in AlertNames())
        {
            tests.Should().MatchRegex($"alertname: {name}\n +exp_alerts:\n")
                .And.MatchRegex($"alertname: {name}\n +exp_alerts: \\[\\]");
        }
    }

    [Fact]
    public void The_dashboard_is_one_that_Grafana_loads()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Dashboard));
        var root = json.RootElement;
        root.GetProperty("schemaVersion").GetInt32().Should().BeGreaterThan(30);
        var variables = Names(root.GetProperty("templating").GetProperty("list"), "name");
        variables.Should().Equal("datasource", "job", "instance");

        var (ids, taken) = (new HashSet<int>(), new HashSet<(int X, int Y)>());
        foreach (var panel in root.GetProperty("panels").EnumerateArray())
        {
            var title = panel.GetProperty("title").GetString();
            title.Should().NotBeNullOrEmpty();
            ids.Add(panel.GetProperty("id").GetInt32()).Should().BeTrue("the id of \"{0}\" is its own", title);
            var place = panel.GetProperty("gridPos");
            int At(string name) => place.GetProperty(name).GetInt32();
            (At("x") + At("w")).Should().BeLessThanOrEqualTo(GridWidth, title);
            for (var cell = 0; cell < At("w") * At("h"); cell++)
            {
                taken.Add((At("x") + (cell % At("w")), At("y") + (cell / At("w"))))
                    .Should().BeTrue("nothing lies below \"{0}\"", title);
            }

            if (panel.GetProperty("type").GetString() != "row")
            {
                panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()
                    .Should().NotBeEmpty();
                var targets = panel.GetProperty("targets");
                Names(targets, "refId").Should().NotBeEmpty().And.OnlyHaveUniqueItems();
                Names(targets, "expr")
                    .Should().OnlyContain(expr => expr.Contains("$job", StringComparison.Ordinal), title);
            }
        }
    }

    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync("public_url = \"https://upload.example.org/\"", more: AsComponent);
        await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray());
        await server.GetAsync("/a/b");
        server.Service<ServerMetrics>().Swept(TimeSpan.Zero, TimeProvider.System.GetUtcNow());
        return server;
    }

    private static string[] AlertNames() =>
        [.. AlertName().Matches(File.ReadAllText(Alerts)).Select(match => match.Groups["name"].Value)];

    private static string[] Names(JsonElement list, string property) =>
        [.. list.EnumerateArray().Select(item => item.GetProperty(property).GetString()!)];

    private static string[] Expressions(string dashboard)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(dashboard));
        return
        [
            .. json.RootElement.GetProperty("panels").EnumerateArray()
                .Where(panel => panel.TryGetProperty("targets", out _))
                .SelectMany(panel => Names(panel.GetProperty("targets"), "expr")),
        ];
    }

    [GeneratedRegex("(?m)^[a-z_]+(?=[ {])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SampleName();

    [GeneratedRegex(@"\b(hfs|http_server|kestrel|dotnet|aspnetcore)_[a-z_]+\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MetricName();

    [GeneratedRegex("- alert: (?<name>[A-Za-z]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AlertName();
}
