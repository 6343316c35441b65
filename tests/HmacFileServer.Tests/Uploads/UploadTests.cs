using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads;

public sealed class UploadTests
{
    [Fact]
    public async Task A_signed_upload_is_answered_201_and_can_be_read_at_once()
    {
        await using var server = await TestServer.StartAsync();

        var put = await server.PutAsync(
            SignedUrls.V("alice/1/cat.jpg", 5), "hello"u8.ToArray(), "Content-Type: image/jpeg");
        var get = await server.GetAsync("/alice/1/cat.jpg");

        put.StatusLine.Should().Be("HTTP/1.1 201 Created");
        put["Content-Length"].Should().Be("0");
        get.Text.Should().Be("hello");
        get["Content-Type"].Should().Be("image/jpeg");
        server.ExpectLeft("alice/1/cat.jpg");
        server.Metrics.Sum("hfs.uploads", "scheme=v").Should().Be(1);
        server.Metrics.Sum("hfs.uploads.bytes", "scheme=v").Should().Be(5);
        server.Log.Of(100).Should().Equal("Stored alice/1/cat.jpg, 5 bytes for -, signed v, from 127.0.0.1");
    }
}
