using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Downloads;

/// <summary>A GET or HEAD over HTTP/2 whose headers do not end its stream.</summary>
public sealed class GetBodyTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task An_empty_frame_ends_it_and_it_is_answered(string method)
    {
        await using var server = await WithFileAsync();
        foreach (var fields in new (string, string)[][] { [], [("content-length", "0")] })
        {
            await using var wire = await server.ConnectAsync();
            await wire.SendAsync(Http2Frames.Begin(Http2Frames.Request(1, 0, method, "/a/b.txt", fields)));
            await wire.SendAsync(Http2Frames.Body(1, 0, []));
            await wire.SendAsync(Http2Frames.Body(1, Http2Frames.EndStream, []));

            (await Http2Answer.ReadAsync(wire)).Should().StartWith("200");
        }
    }

    [Theory]
    [InlineData("GET", null)]
    [InlineData("HEAD", null)]
    [InlineData("GET", "5")]
    [InlineData("HEAD", "1")]
    public async Task A_body_with_content_is_refused(string method, string? announced)
    {
        await using var server = await WithFileAsync();
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(Http2Frames.Begin(
            Http2Frames.Request(1, 0, method, "/a/b.txt", announced is null ? [] : [("content-length", announced)]),
            announced is null ? Http2Frames.Body(1, 0, "h"u8.ToArray()) : []));

        (await Http2Answer.ReadAsync(wire)).Should().StartWith("400").And.Contain("bad-request");
    }

    [Fact]
    public async Task One_that_never_ends_is_408_after_read_timeout()
    {
        var clock = new ManualClock();
        await using var server = await WithFileAsync(clock);
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(Http2Frames.Begin(Http2Frames.Request(1, 0, "GET", "/a/b.txt")));
        await clock.ArmedAsync(TimeSpan.FromSeconds(20));

        clock.Advance(TimeSpan.FromSeconds(20));

        (await Http2Answer.ReadAsync(wire)).Should().StartWith("408").And.Contain("too-slow");
        server.ExpectLeft("a/b.txt");
    }

    private static async Task<TestServer> WithFileAsync(TimeProvider? clock = null)
    {
        var server = await TestServer.StartAsync(more: "[timeouts]\nread_timeout = \"20s\"", clock: clock);
        (await server.PutAsync(SignedUrls.V("a/b.txt", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        return server;
    }
}
