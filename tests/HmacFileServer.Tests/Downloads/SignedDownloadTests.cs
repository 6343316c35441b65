using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Downloads;

public sealed class SignedDownloadTests
{
    private const long Now = 1_700_000_000;

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task Where_downloads_are_signed_a_get_signature_opens_its_file(string method)
    {
        await using var server = await StartAsync();

        var good = await server.SendAsync($"{method} {SignedUrls.V3("GET", "/upload/a/b", Now)} HTTP/1.1");

        good.Status.Should().Be(200);
        good["Cache-Control"].Should().StartWith("private");
        (await server.GetAsync("/upload/a/b"))["X-Refusal"].Should().Be("unsigned");
        (await server.GetAsync(SignedUrls.V3("PUT", "/upload/a/b", Now)))["X-Refusal"].Should().Be("bad-signature");
        (await server.GetAsync(SignedUrls.V3("HEAD", "/upload/a/b", Now)))["X-Refusal"].Should().Be("bad-signature");
        (await server.GetAsync(
            SignedUrls.V3("GET", "/upload/a/c", Now).Replace("a/c", "a/b", StringComparison.Ordinal)))["X-Refusal"]
            .Should().Be("bad-signature");
        (await server.GetAsync(SignedUrls.V3("GET", "/upload/a/b", Now - 61)))["X-Refusal"].Should().Be("expired");
        (await server.GetAsync("/upload" + SignedUrls.V("a/b", 5)))["X-Refusal"].Should().Be("unsigned");
    }

    [Fact]
    public async Task A_refused_download_does_not_tell_whether_the_file_exists()
    {
        await using var server = await StartAsync();

        var there = await server.GetAsync("/upload/a/b");
        var missing = await server.GetAsync("/upload/a/missing");

        missing.StatusLine.Should().Be(there.StatusLine);
        (await server.GetAsync(SignedUrls.V3("GET", "/upload/a/missing", Now))).Status.Should().Be(404);
    }

    [Fact]
    public async Task Elsewhere_a_download_needs_no_signature_and_ignores_one()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray());

        (await server.GetAsync("/a/b?v=00&v3=11&expires=1")).Status.Should().Be(200);
    }

    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync(
            "base_path = \"/upload/\"", "require_signed_downloads = true", clock: new ManualClock());
        (await server.PutAsync("/upload" + SignedUrls.V("a/b", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        return server;
    }
}
