using System.Text;
using HmacFileServer.Tests.Support;
using Microsoft.Extensions.Logging;

namespace HmacFileServer.Tests.Http;

/// <summary>Whatever a client does in the middle of a request is no error of the server's, and none of Kestrel's.</summary>
public sealed class ClientBehaviourTests : IDisposable
{
    private const string Impatient =
        "[timeouts]\nheader_timeout = \"1s\"\nidle_timeout = \"1s\"\nread_timeout = \"1s\"\nwrite_timeout = \"1s\"";

    private readonly TlsPair pair = new();

    public enum Wire
    {
        Http1,
        Http2,
        Tls,
    }

    public enum End
    {
        Reset,
        Close,
        HalfClose,
        CloseNotify,
        Stall,
    }

    public static TheoryData<Wire, End> Everything
    {
        get
        {
            var data = new TheoryData<Wire, End>();
            foreach (var wire in Enum.GetValues<Wire>())
            {
                foreach (var end in Enum.GetValues<End>().Where(end => end != End.CloseNotify || wire == Wire.Tls))
                {
                    data.Add(wire, end);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task No_end_at_any_byte_of_an_upload_is_an_error(Wire wire, End end)
    {
        await using var server = await StartAsync(wire);
        foreach (var target in new[] { SignedUrls.V("a/b.txt", 40_000), "/a/b.txt", "/a/%2e%2e" })
        {
            var request = Upload(wire, target, new byte[40_000]);
            var head = request.Length - 40_000;
            int[] cuts =
            [
                .. Enumerable.Range(0, 8), .. Enumerable.Range(1, 12).Select(i => head * i / 12), head + 1,
                head + 20_000, request.Length - 1, request.Length,
            ];

            await Task.WhenAll(cuts.Select(cut => EndAfterAsync(server, wire, request[..cut], end)));
        }

        await ExpectNoErrorAsync(server);
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task No_end_after_the_answer_began_is_an_error(Wire wire, End end)
    {
        await using var server = await StartAsync(wire);
        Directory.CreateDirectory(Path.Combine(server.StorePath, "a"));
        await File.WriteAllBytesAsync(Path.Combine(server.StorePath, "a", "big.bin"), new byte[8 << 20]);
        var refused = Upload(wire, "/a/b.txt", new byte[40_000]);
        byte[][] requests =
        [
            refused[..^40_000], refused[..^1], refused, Download(wire, "/a/big.bin"), Download(wire, "/nothing"),
        ];

        await Task.WhenAll(requests.Select(request => EndAfterAsync(server, wire, request, end, answered: true)));

        await ExpectNoErrorAsync(server);
    }

    [Fact]
    public async Task No_end_of_a_handshake_is_an_error()
    {
        await using var server = await StartAsync(Wire.Tls);
        byte[][] starts = [[], [0x16], [0x16, 3, 1, 2, 0, 1, 0], "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), new byte[300]];
        foreach (var end in new[] { End.Reset, End.Close, End.HalfClose })
        {
            await Task.WhenAll(starts.Select(start => EndAfterAsync(server, Wire.Http1, start, end)));
        }

        await ExpectNoErrorAsync(server);
    }

    public void Dispose() => pair.Dispose();

    private Task<TestServer> StartAsync(Wire wire) => TestServer.StartAsync(
        wire == Wire.Tls ? TlsPair.Settings : "", more: Impatient, prepare: folder => pair.Write(folder.File));

    private async Task EndAfterAsync(TestServer server, Wire wire, byte[] sent, End end, bool answered = false)
    {
        await using var connection = await RawConnection.OpenAsync(
            server.EndPoint, wire == Wire.Tls ? pair.Certificate : null);
        await connection.SendWhilePossibleAsync(sent);
        if (answered)
        {
            await connection.ReadBytesAsync(9); // "HTTP/1.1 ", or the head of the first frame
        }

        switch (end)
        {
            case End.Reset:
                connection.Reset();
                return;
            case End.Close:
                return;
            case End.HalfClose:
                connection.EndSending();
                break;
            case End.CloseNotify:
                await connection.CloseNotifyAsync();
                break;
        }

        // A download is not read on: it stalls at its end of the connection.
        if (!answered)
        {
            await connection.ReadToEndAsync();
        }
    }

    private static byte[] Upload(Wire wire, string target, byte[] body) => wire == Wire.Http2
        ?
        [
            .. Http2Frames.Begin(Http2Frames.Request(1, 0, "PUT", target, ("content-length", $"{body.Length}"))),
            .. body.Chunk(16_000).SelectMany(
                (part, i) => Http2Frames.Body(1, i == body.Length / 16_000 ? Http2Frames.EndStream : (byte)0, part)),
        ]
        : [.. Head($"PUT {target} HTTP/1.1", $"Content-Length: {body.Length}"), .. body];

    private static byte[] Download(Wire wire, string target) => wire == Wire.Http2
        ? Http2Frames.Begin(Http2Frames.Request(1, Http2Frames.EndStream, "GET", target))
        : Head($"GET {target} HTTP/1.1");

    private static byte[] Head(params string[] lines) =>
        Encoding.ASCII.GetBytes(string.Join("\r\n", [lines[0], "Host: h", .. lines[1..]]) + "\r\n\r\n");

    /// <summary>Once all connections have ended, and whatever they left has been logged.</summary>
    private static async Task ExpectNoErrorAsync(TestServer server)
    {
        await server.StopAsync();
        server.Log.Lines
            .Where(line => line.Level >= LogLevel.Error
                || (line.Level >= LogLevel.Warning && line.Category.StartsWith("Microsoft", StringComparison.Ordinal)))
            .Where(line => !line.Text.StartsWith("As of ", StringComparison.Ordinal)) // a heartbeat late on a busy machine
            .Should().BeEmpty();
    }
}
