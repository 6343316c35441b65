using System.Diagnostics;
using System.Globalization;
using System.Text;
using HmacFileServer.Doctor;
using HmacFileServer.Doctor.Nginx;
using HmacFileServer.Doctor.NginxRules;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Doctor;

public sealed class NginxReadingTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Theory]
    [InlineData("http {", 1, "the block that opens here is never closed: a } is missing")]
    [InlineData("events { }\n}", 2, "this } closes nothing")]
    [InlineData("events { }\n\nuser nobody", 3, "the directive \"user\" does not end: a ; is missing")]
    [InlineData("user nobody\n}", 1, "the directive \"user\" does not end: a ; is missing")]
    [InlineData("\n;", 2, "a directive should stand before this ;")]
    [InlineData("log_format a 'b\n;\n", 1, "the quote ' that opens here is never closed")]
    [InlineData("\u007fELF\u0002\u0001\u0000", 1, "this is not text: it holds control characters")]
    [InlineData("include nginx.conf;", 1, "files include one another without end")]
    [InlineData("\ninclude nothing.conf;", 2, "there is no such file")]
    [InlineData("http { content_by_lua_block { if x { ", 1, "the block that opens here is never closed")]
    public void Garbage_is_a_sentence_with_its_line(string text, int line, string sentence)
    {
        var act = () => Parse(text);

        var thrown = act.Should().Throw<NginxException>().Which;
        thrown.Message.Should().EndWith(sentence);
        thrown.Place.Line.Should().Be(line);
    }

    [Fact]
    public void Random_bytes_are_never_more_than_a_message()
    {
        var random = new Random(20260101);
        for (var round = 0; round < 300; round++)
        {
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            const string Likely = "{};\"'#\\$ \nab~/include http server location";
            var text = round % 2 == 0
                ? Encoding.Latin1.GetString(bytes)
                : string.Concat(bytes.Select(value => Likely[value % Likely.Length]));
            try
            {
                Parse(text);
            }
            catch (NginxException e)
            {
                e.Message.Should().NotBeEmpty();
            }
        }
    }

    [Fact]
    public void Words_are_read_as_nginx_reads_them()
    {
        var root = Parse(
            """
            # a comment; with { everything }
            map $a ${b}c { "x y;" 'it\'s'; ~^\d#1 \;; }
            log_format f 'it\'s "$request"' "a\tb";
            """);

        root[0].Arguments.Should().Equal("$a", "${b}c");
        root[0].Block![0].ToString().Should().Be("x y; it's");
    }

    [Fact]
    public void Five_thousand_lines_with_includes_take_under_a_second()
    {
        var main = new StringBuilder("http {\n  include sites/*.conf;\n}\n");
        Directory.CreateDirectory(folder.File("sites"));
        for (var site = 0; site < 50; site++)
        {
            var text = new StringBuilder("server {\n  listen 443 ssl;\n");
            for (var line = 0; line < 32; line++)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"  location /{line}/ {{\n    proxy_pass http://10.0.0.{line};\n  }}\n");
            }

            text.Append(site == 49 ? "  location / { proxy_pass http://127.0.0.1:8080; }\n" : "").Append("}\n");
            File.WriteAllText(
                folder.File(string.Create(CultureInfo.InvariantCulture, $"sites/{site:00}.conf")), text.ToString());
        }

        var start = Stopwatch.GetTimestamp();
        var root = Parse(main.ToString());
        var routes = new NginxRoutes(root, new HostSettings()).Find();
        var took = Stopwatch.GetElapsedTime(start);

        routes.Should().ContainSingle().Which.Pass!.Place.File.Should().EndWith("sites/49.conf");
        took.Should().BeLessThan(TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("/upload/a/b.jpg", "location ~* \\.jpg$")]
    [InlineData("/upload/a/b.bin", "location /upload/")]
    [InlineData("/exact", "location = /exact")]
    [InlineData("/safe/b.jpg", "location ^~ /safe/")]
    [InlineData("/other", "location /")]
    public void A_location_is_chosen_as_nginx_chooses_it(string path, string location)
    {
        var root = Parse(
            """
            http { server {
              location / { }
              location = /exact { }
              location /upload/ { }
              location ^~ /safe/ { }
              location ~* \.jpg$ { }
            } }
            """);
        var server = new NginxRoutes(root, new HostSettings()).Servers.Single();

        LocationChoice.Of(server, path).Block.ToString().Should().Be(location);
    }

    [Fact]
    public void A_value_is_inherited_from_the_outside_unless_the_location_has_its_own()
    {
        var root = Parse(
            """
            http { client_max_body_size 5m; proxy_set_header A 1; server { client_body_timeout 1m;
              location / { client_max_body_size 2g; proxy_set_header B 2; } } }
            """);
        var location = new NginxRoutes(root, new HostSettings()).Servers.Single().Locations.Single();

        location.Size("client_max_body_size", 0).Should().Be(2L << 30);
        location.Time("client_body_timeout", 0).Should().Be(TimeSpan.FromMinutes(1));
        location.FindAll("proxy_set_header").Select(header => header.Argument).Should().Equal("B");
    }

    [Fact]
    public async Task The_stream_module_is_examined_too()
    {
        var nginx = folder.File("nginx.conf");
        await File.WriteAllTextAsync(
            nginx,
            """
            stream {
              upstream files { server 127.0.0.1:8080; }
              server {
                listen 443;
                proxy_pass files;
                proxy_protocol on;
                proxy_timeout 30s;
              }
            }
            """);

        var section = await NginxSection.ExamineAsync(
            new ServerSettings(), new CheckupRequest { Nginx = nginx }, default);

        section.Section.Findings.Select(finding => (finding.Code, finding.Place!.Line))
            .Should().BeEquivalentTo([("nginx-proxy-protocol", 6), ("nginx-stream-timeout", 7)]);
    }

    [Fact]
    public async Task A_file_that_http_includes_is_examined_by_itself()
    {
        var section = await NginxSection.ExamineAsync(
            new ServerSettings(),
            new CheckupRequest { Nginx = Repository.File("deploy", "nginx", "hmac-file-server.conf") }, default);

        section.Section.Findings.Should().ContainSingle().Which.Severity.Should().Be(Severity.Good);
    }

    [Fact]
    public async Task An_unreadable_configuration_is_one_finding_with_its_line()
    {
        var nginx = folder.File("nginx.conf");
        await File.WriteAllTextAsync(nginx, "events { }\nhttp {\n");

        var section = await NginxSection.ExamineAsync(
            new ServerSettings(), new CheckupRequest { Nginx = nginx }, default);

        var finding = section.Section.Findings.Should().ContainSingle().Which;
        finding.Severity.Should().Be(Severity.Failure);
        finding.Place.Should().Be(new Place(nginx, 2));
    }

    public void Dispose() => folder.Dispose();

    private List<Directive> Parse(string text)
    {
        var file = folder.File("nginx.conf");
        File.WriteAllText(file, text);
        return NginxParser.Parse(new DiskFiles(file));
    }
}
