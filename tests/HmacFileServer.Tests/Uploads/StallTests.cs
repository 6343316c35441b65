using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads;

public sealed class StallTests
{
    private const string Key = "s1/cat.jpg";

    [Theory]
    [Provokes("too-slow")]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100_000)]
    public async Task An_upload_that_falls_silent_is_ended_after_read_timeout(int sent)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(more: "[timeouts]\nread_timeout = \"300s\"", clock: clock);
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync($"PUT {SignedUrls.V(Key, 200_000)} HTTP/1.1", "Host: h", "Content-Length: 200000");
        await wire.SendAsync(new byte[sent]);
        await clock.ArmedAsync(TimeSpan.FromSeconds(300));

        clock.Advance(TimeSpan.FromSeconds(300));

        var answer = await wire.ReadAsync();
        (answer.StatusLine, answer["X-Refusal"]).Should().Be(("HTTP/1.1 408 Request Timeout", "too-slow"));
        answer["Connection"].Should().Be("close");
        server.ExpectLeft();
        server.Metrics.Sum("hfs.refusals", "code=too-slow").Should().Be(1);
        (await server.PutAsync(SignedUrls.V(Key, 200_000), new byte[200_000])).Status.Should().Be(201);
    }

    [Theory]
    [InlineData(64 * 299, "64B")]
    [InlineData(1, "0B")]
    public async Task A_slow_upload_that_never_falls_silent_may_take_as_long_as_it_likes(int bytes, string least)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(more: Timeouts(least), clock: clock);
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT {SignedUrls.V(Key, 20 * bytes)} HTTP/1.1", "Host: h", $"Content-Length: {20 * bytes}");

        for (var i = 0; i < 20; i++)
        {
            await TrickleAsync(clock, wire, new byte[bytes]);
        }

        (await wire.ReadAsync()).Status.Should().Be(201);
        server.ExpectLeft(Key);
    }

    [Fact]
    public async Task Who_sends_a_byte_now_and_then_is_ended_after_twice_the_silence()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(more: Timeouts("64B"), clock: clock);
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync($"PUT {SignedUrls.V(Key, 1_000_000)} HTTP/1.1", "Host: h", "Content-Length: 1000000");

        for (var i = 0; i < 3; i++)
        {
            await TrickleAsync(clock, wire, "x"u8.ToArray());
        }

        (await wire.ReadAsync())["X-Refusal"].Should().Be("too-slow");
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_phone_in_a_tunnel_is_not_slow_for_its_silence()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(more: Timeouts("64B"), clock: clock);
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync($"PUT {SignedUrls.V(Key, 100_001)} HTTP/1.1", "Host: h", "Content-Length: 100001");

        for (var i = 0; i < 5; i++)
        {
            await TrickleAsync(clock, wire, "x"u8.ToArray());       // 299 s without a bar, and then 5 KB/s for four
            await TrickleAsync(clock, wire, new byte[19_999], TimeSpan.FromSeconds(4));
        }

        await wire.SendAsync("x"u8.ToArray());
        (await wire.ReadAsync()).Status.Should().Be(201);
        server.ExpectLeft(Key);
    }

    private static string Timeouts(string least) =>
        $"[timeouts]\nread_timeout = \"300s\"\n[limits]\nmin_upload_rate = \"{least}\"";

    private static async Task TrickleAsync(ManualClock clock, RawConnection wire, byte[] bytes, TimeSpan? pause = null)
    {
        await clock.ArmedAsync(TimeSpan.FromSeconds(300));
        clock.Advance(pause ?? TimeSpan.FromSeconds(299));
        await wire.SendAsync(bytes);
    }
}
