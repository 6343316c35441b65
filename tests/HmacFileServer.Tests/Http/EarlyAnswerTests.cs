using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

/// <summary>A refusal that comes before the body has: what follows on the connection is not the next request.</summary>
public sealed class EarlyAnswerTests
{
    [Theory]
    [InlineData("PUT", "/a/b.txt", 403)]
    [InlineData("PUT", "/a/b.txt?v=00", 403)]
    [InlineData("PUT", "/a/%2e%2e", 400)]
    [InlineData("PUT", "big", 413)]
    [InlineData("PUT", "again", 409)]
    [InlineData("POST", "/a/b.txt", 405)]
    [InlineData("put", "/a/b.txt", 405)]
    [InlineData("GET", "/a/nothing.txt", 404)]
    [InlineData("DELETE", "/a/b.txt", 405)]
    public async Task It_says_that_the_connection_closes(string method, string target, int status)
    {
        await using var server = await TestServer.StartAsync("max_upload_size = 200000");
        (await server.PutAsync(SignedUrls.V("a/again", 100_000), new byte[100_000])).Status.Should().Be(201);
        target = target switch
        {
            "big" => SignedUrls.V("a/c.txt", 300_000),
            "again" => SignedUrls.V("a/again", 100_001),
            _ => target,
        };
        var length = target.Contains("again", StringComparison.Ordinal) ? 100_001
            : target.Contains("c.txt", StringComparison.Ordinal) ? 300_000 : 100_000;
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync($"{method} {target} HTTP/1.1", "Host: h", $"Content-Length: {length}");
        await wire.SendAsync(new byte[] { 1 });
        var answer = await wire.ReadAsync();
        await wire.SendWhilePossibleAsync(new byte[length - 1]);

        (answer.Status, answer["Connection"]).Should().Be((status, "close"));
        (await wire.ReadToEndAsync()).Should().Be(0);
        server.ExpectLeft("a/again");
    }

    [Fact]
    public async Task So_it_does_for_chunks()
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync("PUT /a/b.txt HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "5", "hello");

        var answer = await wire.ReadAsync();
        (answer.Status, answer["Connection"]).Should().Be((403, "close"));
    }

    [Theory]
    [InlineData("PUT /a/b.txt", "Content-Length: 0", "")]
    [InlineData("PUT /a/b.txt", "Content-Length: 5", "hello")]
    [InlineData("PUT /a/b.txt", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("PUT /a/b.txt", "Transfer-Encoding: chunked", "0\r\n\r\n")]
    [InlineData("GET /a/b.txt", "X: y", "")]
    [InlineData("POST /a/b.txt", "Content-Length: 5", "hello")]
    public async Task The_connection_stays_when_the_body_was_read_or_there_is_none(
        string request, string header, string body)
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            await wire.SendAsync(System.Text.Encoding.ASCII.GetBytes(
                $"{request} HTTP/1.1\r\nHost: h\r\n{header}\r\n\r\n{body}"));

            var answer = await wire.ReadAsync();
            (answer["X-Refusal"] is null, answer["Connection"]).Should().Be((false, null));
        }
    }

    [Fact]
    public async Task The_connection_stays_when_an_upload_came_whole_and_was_refused()
    {
        await using var server = await TestServer.StartAsync();
        (await server.PutAsync(SignedUrls.V("a/b.txt", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(System.Text.Encoding.ASCII.GetBytes(
            $"PUT {SignedUrls.V("a/b.txt", 5)} HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nother"));

        var answer = await wire.ReadAsync();
        (answer.Status, answer["Connection"]).Should().Be((409, null));
        await wire.SendAsync("GET /health HTTP/1.1", "Host: h");
        (await wire.ReadAsync()).Status.Should().Be(200);
    }
}
