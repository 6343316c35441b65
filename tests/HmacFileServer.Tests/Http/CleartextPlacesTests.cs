using System.Buffers.Binary;
using HmacFileServer.Limits;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

/// <summary>HTTP/2 without TLS: a client can't be brought to HTTP/1.1, so one too many is closed.</summary>
public sealed class CleartextPlacesTests : IDisposable
{
    private const int Places = 4;
    private const int Large = 2 << 20;

    private readonly ManualClock clock = new();
    private readonly List<Http2Wire> open = [];

    [Fact]
    public async Task There_are_16_requests_at_a_time_on_a_connection()
    {
        await using var server = await StartAsync();

        var settings = (await (await OpenAsync(server)).ReadAsync(Http2Wire.Settings))!.Value.Body;

        var values = settings.Chunk(6).ToDictionary(
            setting => BinaryPrimitives.ReadUInt16BigEndian(setting),
            setting => BinaryPrimitives.ReadUInt32BigEndian(setting.AsSpan(2)));
        values[3].Should().Be(16, "SETTINGS_MAX_CONCURRENT_STREAMS");
    }

    [Fact]
    public async Task A_connection_too_many_is_closed_while_all_others_have_something_under_way()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < Places; i++)
        {
            await BusyAsync(server);
        }

        clock.Advance(TimeSpan.FromMinutes(1));
        var late = await OpenAsync(server);

        (await late.ReadAsync()).Should().BeNull();
        server.Metrics.Sum("hfs.limits.reached", "limit=http2_connections").Should().Be(1);
        (await server.GetAsync("/health/live")).Status.Should().Be(200, "HTTP/1.1 needs no place");
    }

    [Fact]
    public async Task Whoever_has_nothing_under_way_for_longest_makes_room_and_is_told_so()
    {
        await using var server = await StartAsync();
        var idle = new List<Http2Wire>();
        for (var i = 0; i < Places; i++)
        {
            idle.Add(await OpenAsync(server));
            await idle[i].SendAsync(Http2Wire.Get(1, "/health/live"));
            (await idle[i].StatusAsync()).Should().Be(200);
            clock.Advance(TimeSpan.FromSeconds(2));
        }

        var late = await OpenAsync(server);
        await late.SendAsync(Http2Wire.Get(1, "/health/live"));

        (await late.StatusAsync()).Should().Be(200);
        (await idle[0].ReadAsync(Http2Wire.GoAway)).Should().NotBeNull();
        await idle[1].SendAsync(Http2Wire.Get(3, "/health/live"));
        (await idle[1].StatusAsync()).Should().Be(200);
    }

    [Fact]
    public async Task One_client_has_a_quarter_of_the_places()
    {
        await using var server = await StartAsync("trusted_proxies = [\"127.0.0.1\"]");
        await BusyAsync(server, "127.0.0.7");

        (await (await OpenAsync(server, "127.0.0.7")).ReadAsync()).Should().BeNull();
        await BusyAsync(server, "127.0.0.8");
    }

    public void Dispose() => open.ForEach(wire => wire.Dispose());

    private Task<TestServer> StartAsync(string server = "") => TestServer.StartAsync(
        server,
        clock: clock,
        files: new OpenFiles(64 + (4 * Places), () => 24), // 8 connections, half of them for HTTP/2
        prepare: folder => File.WriteAllBytes(folder.File("store/large"), new byte[Large]));

    private async Task<Http2Wire> OpenAsync(TestServer server, string? from = null)
    {
        open.Add(await Http2Wire.OpenAsync(server.EndPoint, window: 100, from));
        return open[^1];
    }

    /// <summary>One that reads the head of an answer, and not its body.</summary>
    private async Task BusyAsync(TestServer server, string? from = null)
    {
        var wire = await OpenAsync(server, from);
        await wire.SendAsync(Http2Wire.Get(1, "/large"));
        (await wire.StatusAsync()).Should().Be(200);
    }
}
