using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using HmacFileServer.Http.Listening;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

/// <summary>What a client may send ahead over HTTP/2, and how many may.</summary>
public sealed class Http2PlacesTests : IDisposable
{
    private readonly TlsPair pair = new();
    private readonly List<IDisposable> open = [];

    [Fact]
    public async Task An_upload_may_have_a_gigabit_a_second_on_the_way_for_100_ms()
    {
        const int HalfOfIt = 12_500_000; // Kestrel announces room when half of a window is used
        const byte Settings = 4, WindowUpdate = 8; // RFC 9113 section 6
        await using var server = await TestServer.StartAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(server.EndPoint);
        var wire = tcp.GetStream();
        await wire.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"u8.ToArray());

        var (stream, connection) = (0L, 65_535L);
        while (stream == 0 || connection == 65_535)
        {
            var (type, body) = await FrameAsync(wire);
            for (var at = 0; type == Settings && at < body.Length; at += 6)
            {
                var isWindow = BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(at)) == 4;
                stream = isWindow ? BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(at + 2)) : stream;
            }

            connection += type == WindowUpdate ? BinaryPrimitives.ReadUInt32BigEndian(body) : 0;
        }

        stream.Should().BeGreaterThan(2 * HalfOfIt);
        connection.Should().BeGreaterThan(2 * HalfOfIt);
    }

    [Fact]
    public async Task Whoever_comes_when_all_places_are_taken_is_offered_http1_until_one_leaves()
    {
        await using var server = await StartAsync();
        var first = await ConnectAsync(server, SslApplicationProtocol.Http2, SslApplicationProtocol.Http11);
        for (var i = 1; i < KestrelSetup.Http2Connections; i++)
        {
            (await ConnectAsync(server, SslApplicationProtocol.Http2)).NegotiatedApplicationProtocol
                .Should().Be(SslApplicationProtocol.Http2);
        }

        first.NegotiatedApplicationProtocol.Should().Be(SslApplicationProtocol.Http2);
        var late = await ConnectAsync(server, SslApplicationProtocol.Http2, SslApplicationProtocol.Http11);
        late.NegotiatedApplicationProtocol.Should().Be(SslApplicationProtocol.Http11);
        await late.WriteAsync("GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"u8.ToArray());
        (await new StreamReader(late).ReadToEndAsync()).Should().StartWith("HTTP/1.1 200 OK");

        await first.DisposeAsync();
        var deadline = Environment.TickCount64 + 30_000;
        SslStream next;
        do
        {
            next = await ConnectAsync(server, SslApplicationProtocol.Http2, SslApplicationProtocol.Http11);
        }
        while (next.NegotiatedApplicationProtocol == SslApplicationProtocol.Http11
            && Environment.TickCount64 < deadline);
        next.NegotiatedApplicationProtocol.Should().Be(SslApplicationProtocol.Http2);
    }

    [Fact]
    public async Task Connections_of_http1_and_broken_handshakes_take_no_place()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 2 * KestrelSetup.Http2Connections; i++)
        {
            await ConnectAsync(server, SslApplicationProtocol.Http11);
            var broken = () => ConnectAsync(server, new SslApplicationProtocol("nobody speaks this"));
            await broken.Should().ThrowAsync<Exception>();
        }

        (await ConnectAsync(server, SslApplicationProtocol.Http2)).NegotiatedApplicationProtocol
            .Should().Be(SslApplicationProtocol.Http2);
    }

    public void Dispose()
    {
        open.ForEach(connection => connection.Dispose());
        pair.Dispose();
    }

    private Task<TestServer> StartAsync() =>
        TestServer.StartAsync(TlsPair.Settings, prepare: folder => pair.Write(folder.File));

    private async Task<SslStream> ConnectAsync(TestServer server, params SslApplicationProtocol[] protocols)
    {
        var tcp = new TcpClient();
        open.Add(tcp);
        await tcp.ConnectAsync(server.EndPoint);
        var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "files.example",
            ApplicationProtocols = [.. protocols],
            RemoteCertificateValidationCallback = (_, seen, _, _) =>
                seen!.GetCertHashString() == pair.Certificate.Thumbprint,
        });
        return tls;
    }

    private static async Task<(byte Type, byte[] Body)> FrameAsync(NetworkStream wire)
    {
        var head = new byte[9];
        await wire.ReadExactlyAsync(head);
        var body = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
        await wire.ReadExactlyAsync(body);
        return (head[3], body);
    }
}
