using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

/// <summary>A refused client that looks for an answer only when it has sent everything.</summary>
public sealed class RestOfBodyTests
{
    private const int Steps = 70;

    [Fact]
    public async Task A_client_that_sends_a_refused_body_for_longer_than_five_seconds_is_answered()
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();
        var piece = new byte[64 << 10];

        await wire.SendAsync("PUT /a/b.txt HTTP/1.1", "Host: h", $"Content-Length: {Steps * piece.Length}");
        for (var step = 0; step < Steps; step++)
        {
            // a slow line, not a wait for something
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            await wire.SendAsync(piece);
        }

        var answer = await wire.ReadAsync();
        (answer.Status, answer["X-Refusal"]).Should().Be((403, "unsigned"));
        await wire.SendAsync("GET /a/b.txt HTTP/1.1", "Host: h");
        (await wire.ReadAsync()).Status.Should().Be(404, "the connection is good for the next request");
        server.ExpectLeft();
    }

    [Theory]
    [InlineData("Origin: https://chat.example")]
    [InlineData("Expect: 100-continue")]
    public async Task A_client_that_sends_for_ever_is_cut_off_in_the_end(string header)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock);
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync("PUT /a/b.txt HTTP/1.1", "Host: h", "Content-Length: 1000000000", header);
        (await wire.ReadAsync()).Status.Should().Be(403);
        await clock.ArmedAsync(TimeSpan.FromHours(1));
        for (var passed = 0; passed < 3600; passed += 29)
        {
            await wire.SendWhilePossibleAsync(new byte[1000]);
            await clock.ArmedAsync(TimeSpan.FromSeconds(30));
            clock.Advance(TimeSpan.FromSeconds(29));
        }

        (await wire.ReadToEndAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_refused_client_that_falls_silent_is_cut_off_soon()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock);
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync("PUT /a/b.txt HTTP/1.1", "Host: h", "Content-Length: 1000000000");
        (await wire.ReadAsync()).Status.Should().Be(403);
        await clock.ArmedAsync(TimeSpan.FromSeconds(30));
        clock.Advance(TimeSpan.FromSeconds(31));

        (await wire.ReadToEndAsync()).Should().Be(0);
    }
}
