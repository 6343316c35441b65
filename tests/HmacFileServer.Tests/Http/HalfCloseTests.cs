using System.Net;
using System.Net.Sockets;
using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

/// <summary>A client that ends its side after its request, which TCP allows, and waits for the answer.</summary>
public sealed class HalfCloseTests
{
    private const int Times = 50;

    public enum Way
    {
        Tcp,
        Unix,
        ProxyProtocol,
        Tls,
        TlsCloseNotifyAlone,
    }

    public static TheoryData<Way> Ways => [.. Enum.GetValues<Way>()];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_complete_upload_is_stored_and_answered(Way way)
    {
        using var pair = new TlsPair();
        await using var server = await StartAsync(way, pair);

        for (var i = 0; i < Times; i++)
        {
            await using var wire = await ConnectAsync(server, way, pair);
            var head = $"PUT {SignedUrls.V($"a/{i}.txt", 5)} HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";

            await wire.SendAsync(Encoding.ASCII.GetBytes(head + "hello"));
            await EndAsync(wire, way);

            (await wire.ReadAsync()).Status.Should().Be(201, "this is number {0}", i);
            (await wire.ReadToEndAsync()).Should().Be(0);
        }

        server.FilesLeft().Should().HaveCount(Times);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_download_is_sent_whole(Way way)
    {
        var file = new byte[3 << 20];
        using var pair = new TlsPair();
        await using var server = await StartAsync(way, pair);
        Directory.CreateDirectory(Path.Combine(server.StorePath, "a"));
        await File.WriteAllBytesAsync(Path.Combine(server.StorePath, "a", "b.bin"), file);

        for (var i = 0; i < Times; i++)
        {
            await using var wire = await ConnectAsync(server, way, pair);

            await wire.SendAsync("GET /a/b.bin HTTP/1.1", "Host: h");
            await EndAsync(wire, way);

            (await wire.ReadAsync(hasBody: false)).Status.Should().Be(200, "this is number {0}", i);
            (await wire.ReadToEndAsync()).Should().Be(file.Length, "this is number {0}", i);
        }
    }

    [Theory]
    [InlineData("HTTP/1.0")]
    [InlineData("HTTP/1.1")]
    public async Task It_may_end_long_after_the_last_byte(string version)
    {
        await using var server = await TestServer.StartAsync();
        var body = new byte[1 << 20];

        for (var i = 0; i < Times; i++)
        {
            await using var wire = await server.ConnectAsync();
            await wire.SendAsync(
                $"PUT {SignedUrls.V($"a/{i}.txt", body.Length)} {version}", "Host: h", $"Content-Length: {body.Length}");
            await wire.SendAsync(body);
            wire.EndSending();

            (await wire.ReadAsync()).Status.Should().Be(201, "this is number {0}", i);
        }
    }

    [Fact]
    public async Task Every_one_of_several_requests_in_one_segment_is_answered()
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            "GET /a HTTP/1.1", "Host: h", "", "GET /health HTTP/1.1", "Host: h", "", "GET /b HTTP/1.1", "Host: h");
        wire.EndSending();

        (await wire.ReadAsync()).Status.Should().Be(404);
        (await wire.ReadAsync()).Status.Should().Be(200);
        (await wire.ReadAsync()).Status.Should().Be(404);
        (await wire.ReadToEndAsync()).Should().Be(0);
    }

    [Fact]
    public async Task An_upload_that_is_cut_short_is_none()
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync($"PUT {SignedUrls.V("a/b.txt", 5)} HTTP/1.1", "Host: h", "Content-Length: 5");
        await wire.SendAsync("hell"u8.ToArray());
        wire.EndSending();

        await server.Log.EventAsync(103);
        await wire.ReadToEndAsync();
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_refused_upload_hears_why()
    {
        await using var server = await TestServer.StartAsync();

        for (var i = 0; i < Times; i++)
        {
            await using var wire = await server.ConnectAsync();
            await wire.SendAsync("PUT /a/b.txt HTTP/1.1", "Host: h", "Content-Length: 5");
            await wire.SendAsync("hello"u8.ToArray());
            wire.EndSending();

            (await wire.ReadAsync()).Status.Should().Be(403, "this is number {0}", i);
        }
    }

    private static Task<TestServer> StartAsync(Way way, TlsPair pair) => TestServer.StartAsync(
        way switch
        {
            Way.Unix => "listen_address = [\"127.0.0.1:0\", \"unix:{folder}/web.sock\"]",
            Way.ProxyProtocol => // the only address with a port, by which it is found
                "listen_address = \"unix:{folder}/web.sock\"\nproxy_protocol_address = [\"127.0.0.1:0\"]",
            Way.Tls or Way.TlsCloseNotifyAlone => TlsPair.Settings,
            _ => "",
        },
        prepare: folder => pair.Write(folder.File));

    private static async Task<RawConnection> ConnectAsync(TestServer server, Way way, TlsPair pair)
    {
        switch (way)
        {
            case Way.Unix:
                return await RawConnection.OpenAsync(new UnixDomainSocketEndPoint(server.InFolder("web.sock")));
            case Way.Tls or Way.TlsCloseNotifyAlone:
                return await RawConnection.OpenAsync(server.EndPoint, pair.Certificate);
            case Way.ProxyProtocol:
                var port = new Uri(server.Urls.First(url => !url.Contains("unix:", StringComparison.Ordinal))).Port;
                var wire = await RawConnection.OpenAsync(new IPEndPoint(IPAddress.Loopback, port));
                await wire.SendAsync("PROXY TCP4 192.0.2.7 192.0.2.1 4000 80\r\n"u8.ToArray());
                return wire;
            default:
                return await server.ConnectAsync();
        }
    }

    private static async Task EndAsync(RawConnection wire, Way way)
    {
        await wire.CloseNotifyAsync();
        if (way != Way.TlsCloseNotifyAlone)
        {
            wire.EndSending();
        }
    }
}
