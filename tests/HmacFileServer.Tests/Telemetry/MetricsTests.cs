using System.Net;
using System.Net.Sockets;
using HmacFileServer.Telemetry;
using HmacFileServer.Tests.Support;
using static HmacFileServer.Tests.Telemetry.Scraping;

namespace HmacFileServer.Tests.Telemetry;

public sealed class MetricsTests
{
    [Fact]
    public async Task What_happened_is_told_with_scheme_code_and_buckets()
    {
        await using var server = await TestServer.StartAsync(more: OnAnyPort);
        await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray());
        await server.PutAsync("/a/c?v=" + new string('0', 64), "hello"u8.ToArray());

        var metrics = await ScrapeAsync(server);

        metrics.Should()
            .Contain("\nhfs_uploads_total{scheme=\"v\"} 1\n")
            .And.Contain("\nhfs_uploads_bytes_total{scheme=\"v\"} 5\n")
            .And.Contain("\nhfs_refusals_total{code=\"bad-signature\"} 1\n")
            .And.Contain("\nhfs_upload_size_bytes_bucket{le=\"1024.0\"} 1\n")
            .And.Contain("\nhfs_upload_size_bytes_sum 5\n")
            .And.Contain("\nhfs_upload_duration_seconds_bucket{le=\"+Inf\"} 1\n")
            .And.Contain("\nhfs_uploads_running 0\n")
            .And.Contain("\nhfs_stored_bytes 5\n")
            .And.Contain("\nhfs_stored_files 1\n")
            .And.Contain("\nhfs_ledger_up 1\n")
            .And.MatchRegex("\nhfs_disk_free_bytes [1-9]");
    }

    [Theory]
    [InlineData("http_server_request_duration_seconds_count{")]
    [InlineData("kestrel_active_connections{")]
    [InlineData("dotnet_gc_collections_total{")]
    [InlineData("dotnet_process_memory_working_set_bytes ")]
    public async Task What_the_framework_measures_is_told_too(string sample)
    {
        await using var server = await TestServer.StartAsync(more: OnAnyPort);
        await using var wire = await server.ConnectAsync();
        // a duration is measured after the answer, and before the next request
        for (var request = 0; request < 2; request++)
        {
            await wire.SendAsync("GET /health HTTP/1.1", "Host: h");
            (await wire.ReadAsync()).Status.Should().Be(200);
        }

        (await ScrapeAsync(server)).Should().Contain("\n" + sample);
    }

    [Fact]
    public async Task That_each_request_has_found_its_route_is_not_told()
    {
        await using var server = await TestServer.StartAsync(more: OnAnyPort);
        (await server.GetAsync("/health")).Status.Should().Be(200);

        (await ScrapeAsync(server)).Should().NotContain("aspnetcore_routing");
    }

    [Fact]
    public async Task A_level_of_the_thread_pool_is_no_counter_although_the_runtime_says_so()
    {
        await using var server = await TestServer.StartAsync(more: OnAnyPort);

        (await ScrapeAsync(server)).Should().Contain("# TYPE dotnet_thread_pool_thread_number gauge\n")
            .And.Contain("# TYPE dotnet_thread_pool_queue_length gauge\n")
            .And.Contain("# TYPE dotnet_thread_pool_work_item_number_total counter\n");
    }

    [Fact]
    public async Task The_public_port_tells_no_metrics_and_the_metrics_port_no_files()
    {
        await using var server = await TestServer.StartAsync(more: OnAnyPort);
        await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray());
        using var http = new HttpClient();

        (await server.GetAsync("/metrics")).Status.Should().Be(404);
        using var file = await http.GetAsync(new Uri(new Uri(server.Service<MetricsEndpoint>().Address!), "/a/b"));
        file.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_a_warning_and_the_server_runs()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        await using var server = await TestServer.StartAsync(
            more: $"[metrics]\nlisten_address = \"{taken.LocalEndpoint}\"");

        server.Log.Of(610).Should().ContainSingle().Which.Should().Contain($"{taken.LocalEndpoint}");
        (await server.GetAsync("/health")).Status.Should().Be(200);
    }

    [Fact]
    public async Task An_address_that_this_machine_does_not_have_is_a_warning_and_the_server_runs()
    {
        await using var server = await TestServer.StartAsync(more: "[metrics]\nlisten_address = \"192.0.2.1:9464\"");

        server.Log.Of(610).Should().ContainSingle().Which.Should().Contain("192.0.2.1:9464");
        server.Service<MetricsEndpoint>().Address.Should().BeNull();
        (await server.GetAsync("/health")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Metrics_on_a_unix_socket_are_named_by_its_path()
    {
        await using var server = await TestServer.StartAsync(
            more: "[metrics]\nlisten_address = \"unix:{folder}/metrics.sock\"");

        server.Service<MetricsEndpoint>().Address.Should().StartWith("unix:/").And.EndWith("/metrics.sock");
    }

    [Fact]
    public void A_client_that_invents_url_schemes_makes_no_series_of_its_own()
    {
        using var meters = new OneMeter();
        var durations = meters.Meter.CreateHistogram<double>("http.server.request.duration", "s");
        for (var i = 0; i < 1000; i++)
        {
            durations.Record(1, new KeyValuePair<string, object?>("url.scheme", $"invented{i}"));
        }

        var lines = meters.Collector.Write(openMetrics: false).Split('\n');

        lines.Should().ContainSingle(
            line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal))
            .Which.Should().Be("http_server_request_duration_seconds_count{url_scheme=\"other\"} 1000");
    }

    [Fact]
    public void No_label_can_fill_the_memory()
    {
        using var meters = new OneMeter();
        var counter = meters.Meter.CreateCounter<long>("some.things");
        for (var i = 0; i < 10_000; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("label", i));
        }

        meters.Collector.Write(openMetrics: false).Split('\n')
            .Count(line => line.StartsWith("some_things_total{", StringComparison.Ordinal)).Should().Be(500);
    }

    [Fact]
    public async Task What_has_not_happened_yet_is_told_as_nothing_so_that_the_first_time_is_seen_as_a_rise()
    {
        await using var server = await TestServer.StartAsync(more: OnAnyPort);

        var metrics = await ScrapeAsync(server);

        metrics.Should().Contain("\nhfs_uploads_total{scheme=\"jwt\"} 0\n")
            .And.Contain("\nhfs_refusals_total{code=\"internal\"} 0\n")
            .And.Contain("\nhfs_deletions_total{reason=\"crowded\"} 0\n")
            .And.Contain("\nhfs_slots_denied_total{code=\"too-many\",entrance=\"component\"} 0\n")
            .And.Contain("\nhfs_audit_failed_total 0\n")
            .And.Contain("\nhfs_uploads_cut_by_proxy_total{sign=\"silence\"} 0\n")
            .And.NotContain("hfs_xmpp_connected", "this server is no component");
    }
}
