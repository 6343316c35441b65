using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HmacFileServer.Tests.Support;

/// <summary>HTTP/2 spoken frame by frame (RFC 9113 section 4): what no client library would send.</summary>
internal sealed class Http2Wire : IDisposable
{
    public const byte Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, Continuation = 9;
    public const byte EndStream = 1, EndHeaders = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly NetworkStream stream;

    private Http2Wire(Socket socket) => stream = new NetworkStream(socket, ownsSocket: true);

    /// <param name="server">Where it listens without TLS.</param>
    /// <param name="window">How much of each answer's body it may send unasked: SETTINGS_INITIAL_WINDOW_SIZE.</param>
    /// <param name="from">Another address of this machine: all of 127.0.0.0/8 is.</param>
    public static async Task<Http2Wire> OpenAsync(IPEndPoint server, uint window = 65_535, string? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        }

        await socket.ConnectAsync(server);
        var wire = new Http2Wire(socket);
        var setting = new byte[6];
        setting[1] = 4;
        BinaryPrimitives.WriteUInt32BigEndian(setting.AsSpan(2), window);
        await wire.SendAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, setting)]);
        return wire;
    }

    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> body)
    {
        var frame = new byte[9 + body.Length];
        (frame[0], frame[1], frame[2]) = ((byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        body.CopyTo(frame.AsSpan(9));
        return frame;
    }

    /// <summary>A whole request without a body.</summary>
    public static byte[] Get(int stream, string path, params (string Name, string Value)[] headers) =>
        Frame(Headers, EndStream | EndHeaders, stream, Head("GET", path, headers));

    /// <summary>A header block, RFC 7541 section 6.2.2: nothing is indexed.</summary>
    public static byte[] Head(string method, string path, params (string Name, string Value)[] headers) =>
    [
        .. Field(":method", method), .. Field(":scheme", "http"), .. Field(":path", path), .. Field(":authority", "h"),
        .. headers.SelectMany(header => Field(header.Name, header.Value)),
    ];

    /// <summary>A field that enters the dynamic table, section 6.2.1.</summary>
    public static byte[] Indexed(string name, string value) => [0x40, .. Text(name), .. Text(value)];

    /// <summary>Sends as long as the other side takes it.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await stream.WriteAsync(bytes, patience.Token);
            return true;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <returns>Null at the end of the connection.</returns>
    public async Task<(byte Type, byte Flags, int Stream, byte[] Body)?> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            var head = new byte[9];
            await stream.ReadExactlyAsync(head, patience.Token);
            var body = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await stream.ReadExactlyAsync(body, patience.Token);
            return (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), body);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <returns>The first frame of the type, or null when the connection ends before it.</returns>
    public async Task<(byte Type, byte Flags, int Stream, byte[] Body)?> ReadAsync(byte type)
    {
        while (await ReadAsync() is { } frame)
        {
            if (frame.Type == type && (type != Settings || (frame.Flags & 1) == 0))
            {
                return frame;
            }
        }

        return null;
    }

    /// <summary>The status of the next answer: the field that Kestrel sends first, RFC 7541 appendix A.</summary>
    public async Task<int> StatusAsync()
    {
        if (await ReadAsync(Headers) is not { Body: var block })
        {
            return 0;
        }

        while ((block[0] & 0xE0) == 0x20)
        {
            block = block[1..]; // the size of the dynamic table, section 6.3
        }

        return block[0] switch
        {
            0x88 => 200,
            0x89 => 204,
            0x8A => 206,
            0x8B => 304,
            0x8C => 400,
            0x8D => 404,
            0x8E => 500,
            _ => int.Parse(block.AsSpan(2, 3), CultureInfo.InvariantCulture),
        };
    }

    public void Dispose() => stream.Dispose();

    private static byte[] Field(string name, string value) => [0, .. Text(name), .. Text(value)];

    /// <summary>Section 5.2, without Huffman's code.</summary>
    private static byte[] Text(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        var length = new List<byte>();
        var left = bytes.Length;
        length.Add((byte)Math.Min(left, 127));
        if (left >= 127)
        {
            for (left -= 127; left >= 128; left >>= 7)
            {
                length.Add((byte)(left | 128));
            }

            length.Add((byte)left);
        }

        return [.. length, .. bytes];
    }
}
