using HmacFileServer.Limits;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Limits;

/// <summary>File descriptors are divided once, and whoever wants more than a share is told to come back.</summary>
public sealed class OpenFilesTests
{
    private const int Large = 24 << 20; // more than the sockets between take
    private static readonly OpenFiles Few = new(100, () => 20); // 20 connections, 10 downloads, 3 uploads

    [Theory]
    [InlineData(65_536, 200, 32_572, 16_286, 5_428)]
    [InlineData(2_048, 200, 828, 414, 138)]
    [InlineData(256, 180, 18, 9, 3)]
    [InlineData(100, 90, 8, 4, 1)]
    public void Everybody_together_leaves_some_spare(long limit, int own, int connections, int downloads, int uploads)
    {
        var files = new OpenFiles(limit, () => own);

        (files.MostConnections, files.MostDownloads, files.MostUploads).Should().Be((connections, downloads, uploads));
    }

    [Fact]
    public async Task A_download_too_many_is_told_to_come_back_while_uploads_and_health_go_on()
    {
        await using var server = await TestServer.StartAsync(files: Few);
        (await server.PutAsync(SignedUrls.V("a/large", Large), new byte[Large])).Status.Should().Be(201);
        var readers = new List<RawConnection>();
        for (var i = 0; i < Few.MostDownloads; i++)
        {
            readers.Add(await server.ConnectAsync());
            await readers[i].SendAsync("GET /a/large HTTP/1.1", "Host: h");
            (await readers[i].ReadAsync(hasBody: false)).Status.Should().Be(200);
        }

        foreach (var request in (string[])["GET", "HEAD"])
        {
            var refused = await server.SendAsync(
                $"{request} /a/large HTTP/1.1", "Range: bytes=0-4", "Origin: https://x");
            (refused.Status, refused["X-Refusal"], refused["Retry-After"], refused["Content-Length"])
                .Should().Be((503, "busy", "10", "0"));
            refused["Access-Control-Allow-Origin"].Should().Be("*");
        }

        (await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        (await server.GetAsync("/health/live")).Status.Should().Be(200);
        (await server.GetAsync("/nothing/here")).Status.Should().Be(404);
        server.Metrics.Sum("hfs.limits.reached", "limit=open_files").Should().Be(2);
        foreach (var reader in readers)
        {
            await reader.DisposeAsync();
        }

        await UntilAsync(() => server.Service<OpenFiles>().Downloads == 0);
        (await server.SendAsync("HEAD /a/large HTTP/1.1")).Status.Should().Be(200);
    }

    /// <summary>A small one stays open for a second, for whoever asks for it next: no reason to refuse.</summary>
    [Fact]
    public async Task Files_that_nobody_reads_any_more_make_room()
    {
        await using var server = await TestServer.StartAsync(files: Few);
        for (var i = 0; i < 3 * Few.MostDownloads; i++)
        {
            (await server.PutAsync(SignedUrls.V($"a/{i}", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        }

        for (var i = 0; i < 3 * Few.MostDownloads; i++)
        {
            (await server.GetAsync($"/a/{i}")).Text.Should().Be("hello");
        }
    }

    [Fact]
    public async Task An_upload_too_many_is_told_to_come_back_before_its_body()
    {
        await using var server = await TestServer.StartAsync(files: Few);
        var senders = new List<RawConnection>();
        for (var i = 0; i < Few.MostUploads; i++)
        {
            senders.Add(await server.ConnectAsync());
            await senders[i].SendAsync($"PUT {SignedUrls.V($"a/{i}", 5)} HTTP/1.1", "Host: h", "Content-Length: 5");
        }

        await UntilAsync(() => server.Metrics.Sum("hfs.uploads.running") == Few.MostUploads);
        var refused = await server.SendAsync(
            $"PUT {SignedUrls.V("a/b", 5)} HTTP/1.1", "Content-Length: 5", "Expect: 100-continue");

        (refused.Status, refused["X-Refusal"], refused["Retry-After"]).Should().Be((503, "busy", "10"));
        foreach (var sender in senders)
        {
            await sender.SendAsync("hello"u8.ToArray());
            (await sender.ReadAsync()).Status.Should().Be(201);
            await sender.DisposeAsync();
        }
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!isSo())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
