using HmacFileServer.Doctor;
using HmacFileServer.Doctor.NginxRules;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Doctor;

/// <summary>
/// Ways through nginx that people really configure: each is followed to its end, and the advice can be followed, too.
/// </summary>
public sealed class NginxAdviceTests : IDisposable
{
    private const string Good =
        """
        client_max_body_size 0; proxy_request_buffering off; proxy_http_version 1.1; client_body_timeout 300s;
        send_timeout 300s; proxy_read_timeout 300s; proxy_send_timeout 300s; lingering_time 300s;
        lingering_timeout 30s; proxy_buffering off;
        proxy_set_header X-Forwarded-For $remote_addr;
        """;

    private const string Pass = "proxy_pass http://127.0.0.1:8080;";

    private readonly TempFolder folder = new();

    [Theory]
    [InlineData("http { server { listen [::]:80; location / { proxy_pass http://127.0.0.1:8080; } } }")]
    [InlineData("http { server { listen 80; location / {proxy_pass http://127.0.0.1:8080;} } }")]
    [InlineData("http { server { listen [::]:443 ssl http2;\n  location / { gzip on; proxy_pass http://127.0.0.1:8080; "
        + "send_timeout 1s; } } }")]
    [InlineData(
        "http { server { listen [::]:80;\n  location / { # all of it\n proxy_pass http://127.0.0.1:8080; } } }")]
    public async Task What_several_findings_ask_of_one_line_is_one_line(string text)
    {
        var issues = await ExamineAsync(text);
        issues.Should().HaveCountGreaterThan(3);

        Apply(issues);

        (await ExamineAsync(null)).Should().BeEmpty(await File.ReadAllTextAsync(Conf));
    }

    [Fact]
    public async Task A_change_is_printed_once()
    {
        var issues = await ExamineAsync(
            "http { server { listen [::]:80; location / { proxy_pass http://127.0.0.1:8080; } } }");

        var text = TextReport.Plain([new Section("nginx", "nginx") { Findings = issues }]);

        text.Split('\n').Should().ContainSingle(line => line.Trim() == "proxy_request_buffering off;");
        text.Should().Contain("see above: the same change");
    }

    [Theory]
    [InlineData("location / { try_files $uri @up; } location @up { " + Pass + " }")]
    [InlineData("location / { rewrite ^/old/(.*)$ /new/$1 break; " + Pass + " }")]
    [InlineData("location / { if ($request_method !~ ^(GET|HEAD|PUT|OPTIONS)$) { return 405; } " + Pass + " }")]
    [InlineData("location / { if ($request_method = DELETE) { return 405; } " + Pass + " }")]
    [InlineData("deny all; location / { allow all; " + Pass + " }")]
    [InlineData("location / { proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; " + Pass + " }")]
    public async Task A_roundabout_way_that_leads_here_is_no_finding(string location) =>
        (await ExamineAsync(Within(location))).Should().BeEmpty();

    [Theory]
    [InlineData("location / { rewrite ^/(.*)$ /upload/$1 break; " + Pass + " }", "nginx-rewrite")]
    [InlineData("rewrite ^/(.*)$ /upload/$1; location / { " + Pass + " }", "nginx-rewrite")]
    [InlineData("location / { if ($request_method = PUT) { return 405; } " + Pass + " }", "nginx-method")]
    [InlineData("if ($request_method !~ ^(GET|HEAD|POST)$ ) { return 444; } location / { " + Pass + " }",
        "nginx-method")]
    [InlineData("location / { auth_request /login; " + Pass + " }", "nginx-auth-request")]
    [InlineData("location / { deny all; " + Pass + " }", "nginx-access")]
    [InlineData("allow 10.0.0.0/8; deny all; location / { " + Pass + " }", "nginx-access")]
    [InlineData("limit_conn perip 2; location / { " + Pass + " }", "nginx-rate-limit")]
    [InlineData("location / { proxy_set_header Host $host; " + Pass + " }", "nginx-forwarded-for")]
    [InlineData(
        "location / { proxy_set_header X-Forwarded-For $http_x_forwarded_for; " + Pass + " }", "nginx-forwarded-for")]
    [InlineData("location / { client_max_body_size 5m; try_files $uri @up; } location @up { " + Pass + " }",
        "nginx-body-limit")]
    public async Task What_stops_an_upload_on_the_way_is_named_and_mended(string location, string code)
    {
        var issues = await ExamineAsync(Within(location));

        issues.Should().ContainSingle().Which.Code.Should().Be(code);
        Apply(issues);
        (await ExamineAsync(null)).Should().BeEmpty(await File.ReadAllTextAsync(Conf));
    }

    [Fact]
    public async Task A_backend_in_a_variable_is_not_called_wrong()
    {
        var issues = await ExamineAsync(
            Within("server_name upload.example.org; location / { proxy_pass $backend; }"),
            "https://upload.example.org/");

        issues.Should().ContainSingle()
            .Which.Should().BeEquivalentTo(new { Code = "nginx-variable-backend", Severity = Severity.Note });
    }

    public void Dispose() => folder.Dispose();

    private string Conf => folder.File("nginx.conf");

    private static string Within(string server) =>
        $"http {{\n{Good}\nserver {{\nlisten [::]:443 ssl;\n{server}\n}}\n}}\n";

    private async Task<IReadOnlyList<Finding>> ExamineAsync(string? text, string? url = null)
    {
        if (text is not null)
        {
            await File.WriteAllTextAsync(Conf, text);
        }

        var settings = new ServerSettings
        {
            Server = new HostSettings { PublicUrl = url is null ? null : new Uri(url) },
        };
        var examined = await NginxSection.ExamineAsync(settings, new CheckupRequest { Nginx = Conf }, default);
        return [.. examined.Section.Findings.Where(finding => finding.Severity > Severity.Good)];
    }

    /// <summary>
    /// The way a person does it: one change after the other, from the end of the file to its beginning.
    /// </summary>
    private void Apply(IEnumerable<Finding> issues)
    {
        var lines = File.ReadAllLines(Conf).ToList();
        foreach (var edit in issues.Select(issue => issue.Edit!).Distinct()
            .OrderByDescending(edit => edit.Place.Line).ThenByDescending(edit => edit.Kind))
        {
            if (edit.Kind == EditKind.AddBelow)
            {
                lines.Insert(edit.Place.Line, edit.Text);
            }
            else
            {
                lines[edit.Place.Line - 1] = edit.Text;
            }
        }

        File.WriteAllLines(Conf, lines);
    }
}
