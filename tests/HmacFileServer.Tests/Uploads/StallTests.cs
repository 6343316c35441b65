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

    [Fact]
    public async Task A_slow_upload_that_never_falls_silent_may_take_as_long_as_it_likes()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(more: "[timeouts]\nread_timeout = \"300s\"", clock: clock);
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync($"PUT {SignedUrls.V(Key, 20)} HTTP/1.1", "Host: h", "Content-Length: 20");

        for (var i = 0; i < 20; i++)
        {
            await clock.ArmedAsync(TimeSpan.FromSeconds(300));
            clock.Advance(TimeSpan.FromSeconds(299));
            await wire.SendAsync("x"u8.ToArray());
        }

        (await wire.ReadAsync()).Status.Should().Be(201);
        server.ExpectLeft(Key);
    }
}
