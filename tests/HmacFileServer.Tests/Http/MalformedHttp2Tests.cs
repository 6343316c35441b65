using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

/// <summary>HTTP/2 that Kestrel takes for an error of its own.</summary>
public sealed class MalformedHttp2Tests
{
    [Fact]
    public async Task Trailers_in_place_of_an_announced_body_are_no_error_of_ours()
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder);

        for (var i = 0; i < 30; i++)
        {
            await using var wire = await server.ConnectAsync();
            await wire.SendAsync(
            (byte[])[
                .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
                .. Http2Wire.Frame(Http2Wire.Settings, 0, 0, []),
                .. Http2Wire.Frame(
                    Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Head("PUT", "/a/b", ("content-length", "9"))),
                .. Http2Wire.Frame(
                    Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 1, Http2Wire.Indexed("tr", "x")),
            ]);
        }

        (await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        await server.StopAsync();
        server.Output.Should().NotContain("[FTL]").And.NotContain("[ERR]");
    }
}
