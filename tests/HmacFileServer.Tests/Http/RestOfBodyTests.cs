using HmacFileServer.Http;
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
        (answer.Status, answer["X-Refusal"], answer["Connection"]).Should().Be((403, "unsigned", "close"));
        (await wire.ReadToEndAsync()).Should().Be(0);
        server.ExpectLeft();
    }

    [Fact]
    public async Task Of_an_unsigned_body_a_gibibyte_is_read_and_no_more()
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();
        var piece = new byte[4 << 20];
        var sent = 0L;

        await wire.SendAsync("PUT /a/b.txt HTTP/1.1", "Host: h", $"Content-Length: {RestOfBody.MostOfUnsigned * 4}");
        try
        {
            for (; sent < RestOfBody.MostOfUnsigned * 4; sent += piece.Length)
            {
                await wire.SendAsync(piece);
            }
        }
        catch (IOException)
        {
            // cut off, as it should be
        }

        (RestOfBody.MostOfUnsigned, RestOfBody.MostOfSigned).Should().Be((1L << 30, 16L << 30), "docs/limits.md says so");
        sent.Should().BeGreaterThanOrEqualTo(1 << 30).And.BeLessThan(3L << 29, "of more only what the sockets hold");
        server.ExpectLeft();
    }

    [Theory]
    [InlineData("/a/b.txt", 120, "Origin: https://chat.example")]
    [InlineData("/a/b.txt", 120, "Expect: 100-continue")]
    [InlineData("/a/b.txt?v=00", 120, "X: y")]
    [InlineData("/a/%2e%2e", 120, "X: y")]
    [InlineData("signed", 3600, "X: y")]
    [InlineData("expired", 3600, "X: y")]
    public async Task A_client_that_sends_for_ever_is_cut_off_in_the_end(string target, int seconds, string header)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync("max_upload_size = 1000", clock: clock);
        await using var wire = await server.ConnectAsync();
        target = target switch
        {
            "signed" => SignedUrls.V("a/b.txt", 1_000_000_000),
            "expired" => SignedUrls.V3("PUT", "/a/b.txt", 1_600_000_000),
            _ => target,
        };

        await wire.SendAsync($"PUT {target} HTTP/1.1", "Host: h", "Content-Length: 1000000000", header);
        (await wire.ReadAsync()).Status.Should().BeInRange(400, 413);
        await clock.ArmedAsync(TimeSpan.FromSeconds(seconds));
        var passed = 0;
        for (; passed + 29 < seconds; passed += 29)
        {
            await wire.SendAsync(new byte[4000]);
            await clock.ArmedAsync(TimeSpan.FromSeconds(30));
            clock.Advance(TimeSpan.FromSeconds(29));
        }

        clock.Advance(TimeSpan.FromSeconds(29));

        (await wire.ReadToEndAsync()).Should().Be(0);
    }

    [Theory]
    [InlineData("/a/b.txt")]
    [InlineData("signed")]
    public async Task A_client_that_sends_next_to_nothing_is_cut_off_after_a_minute(string target)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync("max_upload_size = 1000", clock: clock);
        await using var wire = await server.ConnectAsync();
        target = target == "signed" ? SignedUrls.V("a/b.txt", 1_000_000_000) : target;

        await wire.SendAsync($"PUT {target} HTTP/1.1", "Host: h", "Content-Length: 1000000000");
        (await wire.ReadAsync()).Status.Should().BeInRange(400, 413);
        for (var i = 0; i < 3; i++)
        {
            await clock.ArmedAsync(TimeSpan.FromSeconds(30));
            clock.Advance(TimeSpan.FromSeconds(29));
            await wire.SendWhilePossibleAsync(new byte[1]);
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
