using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads;

public sealed class BodyTests
{
    private const string Key = "s1/cat.jpg";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(131_072)]
    [InlineData((3 << 20) + 7)]
    public async Task A_body_is_stored_as_it_came_whatever_its_length_and_its_pieces(int length)
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();
        var body = Bytes(length);

        await wire.SendAsync($"PUT {SignedUrls.V(Key, length)} HTTP/1.1", "Host: h", $"Content-Length: {length}");
        for (var sent = 0; sent < length;)
        {
            var piece = Math.Min(length - sent, 1 + (sent * 3));
            await wire.SendAsync(body.AsMemory(sent, piece));
            sent += piece;
        }

        (await wire.ReadAsync()).Status.Should().Be(201);
        server.Stored(Key).Should().Equal(body);
        var get = await server.GetAsync("/" + Key);
        (get.Status, get["Content-Length"]).Should().Be((200, $"{length}"));
        get.Body.Should().Equal(body);
        server.ExpectLeft(Key);
    }

    [Fact]
    public async Task Bytes_beyond_the_length_belong_to_the_next_request()
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync($"PUT {SignedUrls.V(Key, 5)} HTTP/1.1", "Host: h", "Content-Length: 5");
        await wire.SendAsync("helloGET /s1/cat.jpg HTTP/1.1\r\nHost: h\r\n\r\n"u8.ToArray());

        (await wire.ReadAsync()).Status.Should().Be(201);
        (await wire.ReadAsync()).Text.Should().Be("hello");
    }

    [Fact]
    public async Task A_body_that_ends_too_early_leaves_nothing_and_can_be_sent_again()
    {
        await using var server = await TestServer.StartAsync();
        var body = Bytes(200_000);
        for (var i = 1; i <= 10; i++)
        {
            await using var wire = await server.ConnectAsync();
            await wire.SendAsync(
                $"PUT {SignedUrls.V(Key, body.Length)} HTTP/1.1", "Host: h", $"Content-Length: {body.Length}",
                "Expect: 100-continue");
            (await wire.ReadAsync()).Status.Should().Be(100);
            await wire.SendAsync(body.AsMemory(0, 150_000));
            wire.EndSending();

            await server.Log.EventAsync(103, count: i);
            (await wire.ReadToEndAsync()).Should().Be(0);
            server.ExpectLeft();
        }

        server.Metrics.Sum("hfs.uploads").Should().Be(0);
        (await server.PutAsync(SignedUrls.V(Key, body.Length), body)).Status.Should().Be(201);
        server.Stored(Key).Should().Equal(body);
    }

    [Fact]
    public async Task A_client_that_vanishes_leaves_nothing_and_is_no_error()
    {
        await using var server = await TestServer.StartAsync();
        for (var i = 1; i <= 10; i++)
        {
            await using var wire = await server.ConnectAsync();
            await wire.SendAsync(
                $"PUT {SignedUrls.V(Key, 200_000)} HTTP/1.1", "Host: h", "Content-Length: 200000",
                "Expect: 100-continue");
            (await wire.ReadAsync()).Status.Should().Be(100);
            await wire.SendAsync(Bytes(150_000));

            wire.Reset();

            (await server.Log.EventAsync(103, count: i)).Text
                .Should().Be("The client left before the end of s1/cat.jpg, 200000 bytes, from 127.0.0.1");
            server.ExpectLeft();
        }

        server.Metrics.Sum("hfs.uploads.aborted", "scheme=v").Should().Be(10);
        server.Log.Lines.Should().NotContain(line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
        (await server.PutAsync(SignedUrls.V(Key, 200_000), Bytes(200_000))).Status.Should().Be(201);
    }

    [Theory]
    [Provokes("broken-body")]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", 201, null)]
    [InlineData("1;ext=1\r\nh\r\n4\r\nello\r\n0\r\nTrailer: x\r\n\r\n", 201, null)]
    [InlineData("4\r\nhell\r\n0\r\n\r\n", 400, "broken-body")]
    [InlineData("0\r\n\r\n", 400, "broken-body")]
    [InlineData("6\r\nhello!\r\n0\r\n\r\n", 413, "wrong-size")]
    [InlineData("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", 413, "wrong-size")]
    [InlineData("5\r\nhello\r\nzz\r\n", 400, "broken-body")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n", 400, "broken-body")]
    public async Task A_chunked_body_must_be_as_long_as_its_token_says(string chunks, int status, string? code)
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            $"PUT /{Key} HTTP/1.1", "Host: h", SignedUrls.Jwt(SignedUrls.Claims()), "Transfer-Encoding: chunked");
        await wire.SendAsync(Encoding.ASCII.GetBytes(chunks));

        var answer = await wire.ReadAsync();
        (answer.Status, answer["X-Refusal"]).Should().Be((status, code));
        server.ExpectLeft(status == 201 ? [Key] : []);
    }

    [Fact]
    public async Task A_sender_that_goes_on_and_on_is_told_so_and_heard_out()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT /{Key} HTTP/1.1", "Host: h", SignedUrls.Jwt(SignedUrls.Claims()), "Transfer-Encoding: chunked");

        for (var i = 0; i < 400; i++)
        {
            await wire.SendAsync("4000\r\n"u8.ToArray());
            await wire.SendAsync(new byte[0x4000]);
            await wire.SendAsync("\r\n"u8.ToArray());
        }

        await wire.SendAsync("0\r\n\r\n"u8.ToArray());
        (await wire.ReadAsync())["X-Refusal"].Should().Be("wrong-size");
        server.ExpectLeft();
    }

    [Fact]
    [Provokes("partial-upload")]
    public async Task A_part_of_a_file_is_not_taken_for_the_whole()
    {
        await using var server = await TestServer.StartAsync();

        var put = await server.PutAsync(
            SignedUrls.V("alice/1/cat.jpg", 5), "hello"u8.ToArray(), "Content-Range: bytes 5-9/10");

        put.StatusLine.Should().Be("HTTP/1.1 400 Bad Request");
        put["X-Refusal"].Should().Be("partial-upload");
        server.ExpectLeft();
    }

    [Fact]
    [Provokes("headers-too-large")]
    public async Task A_trailer_without_end_is_refused()
    {
        await using var server = await TestServer.StartAsync("max_header_bytes = 8192", clock: new ManualClock());
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            $"PUT /{Key} HTTP/1.1", "Host: h", SignedUrls.Jwt(SignedUrls.Claims()), "Transfer-Encoding: chunked");
        await wire.SendAsync(Encoding.ASCII.GetBytes($"5\r\nhello\r\n0\r\nT: {new string('x', 10_000)}\r\n\r\n"));

        var answer = await wire.ReadAsync();
        (answer.Status, answer["X-Refusal"]).Should().Be((431, "headers-too-large"));
        server.ExpectLeft();
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
