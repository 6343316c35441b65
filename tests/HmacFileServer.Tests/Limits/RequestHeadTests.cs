using HmacFileServer.Limits;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Limits;

/// <summary>Heads of requests are kept for clients that have shown nothing yet: only so many bytes are.</summary>
public sealed class RequestHeadTests
{
    private const string OnlyOne = "trusted_proxies = [\"127.0.0.1\"]"; // the attack comes from elsewhere
    private const int Large = 60 << 10;

    [Fact]
    public async Task Unfinished_heads_of_one_address_take_no_more_than_its_share_and_give_it_back()
    {
        await using var server = await TestServer.StartAsync(OnlyOne);
        var heads = server.Service<RequestHeads>();
        var attack = new List<RawConnection>();
        for (var i = 0; i < 30; i++)
        {
            attack.Add(await RawConnection.OpenAsync(server.EndPoint, from: "127.0.0.7"));
            await attack[i].SendWhilePossibleAsync((byte[])[.. "GET /a HTTP/1.1\r\nX-A: "u8, .. Padding(Large)]);
        }

        await UntilAsync(() => server.Metrics.Sum("hfs.limits.reached", "limit=header_memory") > 0);
        heads.Held.Should().BeLessThanOrEqualTo(RequestHeads.MostBytesOfOne);
        await using (var other = await RawConnection.OpenAsync(server.EndPoint, from: "127.0.0.8"))
        {
            await other.SendAsync("GET /nothing HTTP/1.1", "Host: h", $"Cookie: {Text(30 << 10)}");
            (await other.ReadAsync()).Status.Should().Be(404, "somebody else has a share of his own");
        }

        await using (var small = await RawConnection.OpenAsync(server.EndPoint, from: "127.0.0.7"))
        {
            await small.SendAsync("GET /health/live HTTP/1.1", "Host: h");
            (await small.ReadAsync()).Status.Should().Be(200, "a usual head is never refused");
        }

        await EndAsync(server, attack);
    }

    [Fact]
    public async Task Unfinished_heads_of_everybody_together_are_bounded_proxies_among_them()
    {
        await using var server = await TestServer.StartAsync();
        var attack = new List<RawConnection>();
        for (var i = 0; i < (RequestHeads.MostBytes / (Large - RequestHeads.FreeBytes)) + 20; i++)
        {
            attack.Add(await server.ConnectAsync());
            await attack[i].SendWhilePossibleAsync(
                (byte[])[.. "GET /a HTTP/1.1\r\nX-A: 1\r\nX-B: "u8, .. Padding(Large)]);
        }

        await UntilAsync(() => server.Metrics.Sum("hfs.limits.reached", "limit=header_memory") > 0);

        server.Service<RequestHeads>().Held.Should().BeLessThanOrEqualTo(RequestHeads.MostBytes);
        (await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        await EndAsync(server, attack);
    }

    [Fact]
    public async Task Lines_that_were_taken_in_already_count_as_much_as_the_one_that_is_waited_for()
    {
        await using var server = await TestServer.StartAsync(OnlyOne);
        await using var wire = await RawConnection.OpenAsync(server.EndPoint, from: "127.0.0.7");

        await wire.SendAsync(
            (byte[])[.. "GET /a HTTP/1.1\r\nX-A: "u8, .. Padding(20_000), .. "\r\nX-B: "u8, .. Padding(20_000)]);

        await UntilAsync(() => server.Service<RequestHeads>().Held > 40_000 - RequestHeads.FreeBytes);
    }

    [Fact]
    public async Task A_body_that_nobody_read_is_not_taken_for_the_next_head()
    {
        await using var server = await TestServer.StartAsync(OnlyOne);
        await using var wire = await RawConnection.OpenAsync(server.EndPoint, from: "127.0.0.7");

        for (var i = 0; i < 3; i++)
        {
            await wire.SendAsync("OPTIONS /a/b HTTP/1.1", "Host: h", "Content-Length: 3000000");
            await wire.SendAsync(new byte[3_000_000]);
            (await wire.ReadAsync()).Status.Should().Be(204);
        }

        server.Metrics.Sum("hfs.limits.reached", "limit=header_memory").Should().Be(0);
        server.Service<RequestHeads>().Held.Should().Be(0);
    }

    [Fact]
    public async Task Heads_of_requests_under_way_over_http2_count_too_and_one_too_many_is_busy()
    {
        await using var server = await TestServer.StartAsync(OnlyOne);
        (await server.PutAsync(SignedUrls.V("a/b", 100_000), new byte[100_000])).Status.Should().Be(201);
        var heads = server.Service<RequestHeads>();
        var wires = new List<Http2Wire>();
        for (var i = 0; i < 3; i++)
        {
            wires.Add(await Http2Wire.OpenAsync(server.EndPoint, window: 0, from: "127.0.0.7"));
            for (var stream = 1; stream < 2 * 16; stream += 2)
            {
                // 51 KB from a few bytes, once the value stands in the dynamic table
                byte[] references = [.. Enumerable.Repeat((byte)0xBE, 50)];
                byte[] entry = Http2Wire.Indexed("x-a", Text(1_000));
                byte[] block = [.. Http2Wire.Head("GET", "/a/b"), .. entry, .. references];
                await wires[i].SendAsync(Http2Wire.Frame(
                    Http2Wire.Headers, Http2Wire.EndStream | Http2Wire.EndHeaders, stream, block));
            }
        }

        await UntilAsync(() => server.Metrics.Sum("hfs.refusals", "code=busy") > 0);
        heads.Held.Should().BeLessThanOrEqualTo(RequestHeads.MostBytesOfOne);
        wires.ForEach(wire => wire.Dispose());
        await UntilAsync(() => heads.Held == 0);
    }

    [Fact]
    public async Task A_client_may_use_the_whole_table_of_header_fields_before_it_has_read_our_settings()
    {
        await using var server = await TestServer.StartAsync();
        using var wire = await Http2Wire.OpenAsync(server.EndPoint);
        byte[] entries = [.. Http2Wire.Indexed("x-a", "1"), .. Http2Wire.Indexed("x-b", Text(3_900))];
        byte[] first = [.. Http2Wire.Head("GET", "/a"), .. entries];
        byte[] second = [.. Http2Wire.Head("GET", "/a"), 0xBF]; // 63: x-a, the older entry

        const byte Whole = Http2Wire.EndStream | Http2Wire.EndHeaders;
        await wire.SendAsync((byte[])
        [
            .. Http2Wire.Frame(Http2Wire.Headers, Whole, 1, first),
            .. Http2Wire.Frame(Http2Wire.Headers, Whole, 3, second),
        ]);

        (await wire.StatusAsync()).Should().Be(404);
        (await wire.StatusAsync()).Should().Be(404);
    }

    private static byte[] Padding(int bytes) => [.. Enumerable.Repeat((byte)'a', bytes)];

    private static string Text(int length) => new('a', length);

    private static async Task EndAsync(TestServer server, List<RawConnection> wires)
    {
        foreach (var wire in wires)
        {
            await wire.DisposeAsync();
        }

        await UntilAsync(() => server.Service<RequestHeads>().Held == 0);
        server.Log.Lines.Where(line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning
            && line.Category.StartsWith("Microsoft", StringComparison.Ordinal)).Should().BeEmpty();
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!isSo())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
