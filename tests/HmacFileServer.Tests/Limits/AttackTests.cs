using HmacFileServer.Limits;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Limits;

/// <summary>What bench/soak does with thousands of connections for minutes, small enough to run every time.</summary>
public sealed class AttackTests
{
    private const int Idle = 300;
    private const int Slow = 50;
    private const int Heads = 200;
    private const int SlowSize = 10 << 10;

    [Fact]
    public async Task Uploads_go_on_beside_idle_connections_slow_uploads_and_heads_that_never_end()
    {
        await using var server = await TestServer.StartAsync(more: "[timeouts]\nheader_timeout = \"2s\"");
        var idle = await Opened(Idle, server, wire => wire.SendAsync("GET /health/live HTTP/1.1", "Host: h"));
        await EachAsync(idle, async wire => (await wire.ReadAsync()).Status.Should().Be(200));
        var slow = await Opened(Slow, server, (wire, number) => wire.SendAsync(
            $"PUT {SignedUrls.V($"slow/{number}", SlowSize)} HTTP/1.1", "Host: h", $"Content-Length: {SlowSize}"));
        var heads = await Opened(Heads, server, (wire, number) => wire.SendAsync(number % 3 == 0
            ? "PR"u8.ToArray() // may yet become HTTP/2
            : "PUT /a/b HTTP/1.1\r\nHost: h\r\nX-Padding: "u8.ToArray()));

        for (var round = 0; round < SlowSize >> 10; round++)
        {
            await EachAsync(slow, wire => wire.SendAsync(new byte[1 << 10]));
            (await server.PutAsync(SignedUrls.V($"a/{round}", 1 << 20), new byte[1 << 20])).Status.Should().Be(201);
        }

        await EachAsync(slow, async wire => (await wire.ReadAsync()).Status.Should().Be(201));
        await EachAsync(heads, wire => wire.ReadToEndAsync()); // the server ends them: 408, or nothing
        await EachAsync(idle, async wire =>
        {
            await wire.SendAsync("GET /health/live HTTP/1.1", "Host: h");
            (await wire.ReadAsync()).Status.Should().Be(200);
        });
        server.Service<ConnectionLimits>().Count.Should().BeLessThanOrEqualTo(Idle + Slow);
        server.Metrics.Sum("hfs.uploads").Should().Be(Slow + (SlowSize >> 10));
        await EachAsync([.. idle, .. slow, .. heads], wire => wire.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task One_address_that_opens_all_it_can_keeps_nobody_else_out()
    {
        await using var server = await TestServer.StartAsync(
            "trusted_proxies = [\"127.0.0.1\"]",
            more: "[limits]\nconnections_per_address = 20");
        var attack = await Opened(
            100, server, wire => wire.SendWhilePossibleAsync("PUT /a HTTP/1.1\r\nX: "u8.ToArray()), "127.0.0.7");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (server.Metrics.Sum("hfs.limits.reached", "limit=connections_per_address") < 80)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        (await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray())).Status.Should().Be(201);

        server.Service<ConnectionLimits>().Count.Should().BeLessThanOrEqualTo(20 + 2);
        await EachAsync(attack, wire => wire.DisposeAsync().AsTask());
    }

    private static Task<RawConnection[]> Opened(
        int count, TestServer server, Func<RawConnection, Task> begin, string? from = null) =>
        Opened(count, server, (wire, _) => begin(wire), from);

    private static async Task<RawConnection[]> Opened(
        int count, TestServer server, Func<RawConnection, int, Task> begin, string? from = null)
    {
        var wires = new RawConnection[count];
        for (var number = 0; number < count; number++)
        {
            wires[number] = await RawConnection.OpenAsync(server.EndPoint, from: from);
            await begin(wires[number], number);
        }

        return wires;
    }

    private static Task EachAsync(IEnumerable<RawConnection> wires, Func<RawConnection, Task> action) =>
        Task.WhenAll(wires.Select(action));
}
