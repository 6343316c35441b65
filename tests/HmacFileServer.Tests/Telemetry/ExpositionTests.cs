using HmacFileServer.Tests.Support;
using static HmacFileServer.Tests.Telemetry.Scraping;

namespace HmacFileServer.Tests.Telemetry;

/// <summary>The text that Prometheus reads.</summary>
public sealed class ExpositionTests
{
    [Fact]
    public void Quotes_backslashes_and_line_ends_in_a_label_cannot_forge_a_line()
    {
        using var meters = new OneMeter();
        meters.Meter.CreateCounter<long>("some.things").Add(
            1, new KeyValuePair<string, object?>("label", "a\"} 5\nb\\"));

        meters.Collector.Write(openMetrics: false)
            .Should().Contain("\nsome_things_total{label=\"a\\\"} 5\\nb\\\\\"} 1\n");
    }

    [Fact]
    public async Task Who_asks_for_OpenMetrics_gets_it_to_its_end()
    {
        await using var server = await TestServer.StartAsync(more: OnAnyPort);
        await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray());

        var metrics = await ScrapeAsync(server, "application/openmetrics-text");

        metrics.Should().Contain("# TYPE hfs_uploads counter\n")
            .And.Contain("# UNIT hfs_uploads_bytes bytes\n")
            .And.Contain("\nhfs_uploads_total{scheme=\"v\"} 1\n")
            .And.EndWith("\n# EOF\n");
    }

    [ProgramFact("promtool")]
    public async Task Promtool_has_nothing_to_object_to()
    {
        await using var server = await TestServer.StartAsync(more: OnAnyPort);
        await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray());
        await server.PutAsync("/a/c?v=" + new string('0', 64), "hello"u8.ToArray());
        await server.GetAsync("/a/b");

        (await Tool.RunAsync("promtool", ["check", "metrics"], await ScrapeAsync(server))).Should().Be((0, ""));
    }

    [ProgramFact("prometheus")]
    public async Task Prometheus_own_reader_of_OpenMetrics_has_nothing_to_object_to()
    {
        await using var server = await TestServer.StartAsync(more: OnAnyPort);
        await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray());
        await server.GetAsync("/a/b");
        const string Read = """
            import sys
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
            print(sum(1 for _ in text_string_to_metric_families(sys.stdin.read())) > 40)
            """;

        var metrics = await ScrapeAsync(server, "application/openmetrics-text");

        (await Tool.RunAsync("/usr/bin/python3", ["-c", Read], metrics)).Should().Be((0, "True\n"));
    }
}
