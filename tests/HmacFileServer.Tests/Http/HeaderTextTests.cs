using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

/// <summary>The bytes of headers, and what Kestrel refuses by itself.</summary>
public sealed class HeaderTextTests
{
    [Theory]
    [InlineData("Cookie: name=M\u00fcller")]
    [InlineData("Referer: https://h/\u00e9")]
    [InlineData("User-Agent: \u00ff\u0080")]
    [InlineData("X-Anything: \u00ff")]
    [InlineData("Content-Type: text/plain; name=\u00fc.txt")]
    [InlineData("Accept-Language: \u00e4")]
    [InlineData("Authorization: Basic \u00e4")]
    [InlineData("X-Forwarded-For: \u00e4")]
    [InlineData("X-Request-Id: \u00e4")]
    [InlineData("Origin: \u00e4")]
    [InlineData("Range: \u00e4")]
    [InlineData("If-None-Match: \u00e4")]
    public async Task Any_byte_above_127_in_a_header_is_taken(string header)
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(Latin1($"PUT {SignedUrls.V("a/b.txt", 5)} HTTP/1.1", "Host: h", header, "Content-Length: 5"));
        await wire.SendAsync("hello"u8.ToArray());
        (await wire.ReadAsync()).Status.Should().Be(201);
        await wire.SendAsync(Latin1("GET /a/b.txt HTTP/1.1", "Host: h", header));
        (await wire.ReadAsync()).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("cookie")]
    [InlineData("content-type")]
    public async Task So_it_is_over_http2(string header)
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(Http2Frames.Begin(
            Http2Frames.Request(1, Http2Frames.EndStream, "GET", "/health", (header, "M\u00fcller"))));

        (await Http2Answer.ReadAsync(wire)).Should().StartWith("200");
    }

    [Theory]
    [InlineData("[::]:5050")]
    [InlineData("[::]")]
    [InlineData("[::1]:5050")]
    [InlineData("name:")]
    [InlineData("*:5050")]
    [InlineData("*")]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("a@b")]
    [InlineData("http://a/")]
    [InlineData("h:99999")]
    [InlineData("h:port")]
    [InlineData("_up_stream")]
    [InlineData("unix:/run/x.sock")]
    [InlineData("\u00e4")]
    public async Task The_host_means_nothing_to_us(string host)
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(Latin1("GET /health HTTP/1.1", $"Host: {host}"));
        (await wire.ReadAsync()).Text.Should().Be("ok\n");
        await wire.SendAsync(Latin1("GET http://other/health HTTP/1.1", $"Host: {host}"));
        (await wire.ReadAsync()).Text.Should().Be("ok\n");
        await using var http2 = await server.ConnectAsync();
        await http2.SendAsync(Http2Frames.Begin(Http2Frames.Head(
            1, Http2Frames.EndStream, (":method", "GET"), (":scheme", "http"), (":path", "/health"),
            (":authority", host))));
        (await Http2Answer.ReadAsync(http2)).Should().StartWith("200");
    }

    [Theory]
    [InlineData(400, "bad-request", "GET /a HTTP/1.1", "X: \0")]
    [InlineData(400, "bad-request", "GET /a HTTP/1.1")]
    [InlineData(400, "bad-request", "GET /a HTTP/1.1", "Host: a", "Host: b")]
    [InlineData(400, "bad-request", "GET /a HTTP/1.1", "Host: a", "no colon\u001b[31m")]
    [InlineData(400, "bad-request", "GET /a HTTP/1.1", "Host: a", "X y: z")]
    [InlineData(400, "bad-request", "GET /a HTTP/1.1", "Host: a", "Content-Length: x")]
    [InlineData(400, "bad-request", "GET  HTTP/1.1", "Host: a")]
    [InlineData(400, "bad-request", "\u0016\u0003\u0001", "Host: a")]
    [InlineData(405, "method-not-allowed", "GET * HTTP/1.1", "Host: a")]
    [InlineData(505, "bad-request", "GET /a HTTP/3.1", "Host: a")]
    public async Task What_is_no_request_is_refused_and_counted_and_the_log_says_why(
        int status, string code, params string[] lines)
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(Latin1(lines));

        var answer = await wire.ReadAsync();
        (answer.Status, answer["Content-Length"], answer["Connection"]).Should().Be((status, "0", "close"));
        var line = (await server.Log.EventAsync(624)).Text;
        line.Should().StartWith("1 requests so far").And.Contain("127.0.0.1").And.NotContainAny("\u001b", "\n", "\r");
        line.Length.Should().BeLessThan(400);
        server.Metrics.Sum("hfs.refusals", $"code={code}").Should().Be(1);
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_flood_of_what_is_no_request_is_told_once_a_minute()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock);
        for (var i = 0; i < 5; i++)
        {
            (await server.SendAsync("GET /a HTTP/1.1", "no colon")).Status.Should().Be(400);
        }

        clock.Advance(TimeSpan.FromMinutes(1));
        await server.SendAsync("GET /a HTTP/1.1", "no colon");

        await server.Log.EventAsync(624, count: 2);
        server.Log.Of(624).Last().Should().StartWith("6 requests so far");
        server.Log.Of(625).Should().HaveCount(4);
    }

    private static byte[] Latin1(params string[] lines) =>
        Encoding.Latin1.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n");
}
