using System.Buffers.Binary;
using System.Text;

namespace HmacFileServer.Tests.Support;

/// <summary>What an HTTP/2 client sends, byte by byte (RFC 9113, and RFC 7541 without its tables).</summary>
internal static class Http2Frames
{
    public const byte EndStream = 1;
    public const byte EndHeaders = 4;

    private const byte Data = 0, Headers = 1, Settings = 4;

    /// <summary>A connection's beginning, and the first frames on it.</summary>
    public static byte[] Begin(params byte[][] frames) =>
    [
        .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, []), .. frames.SelectMany(frame => frame),
    ];

    public static byte[] Head(int stream, byte flags, params (string Name, string Value)[] fields) =>
        Frame(Headers, (byte)(flags | EndHeaders), stream, [.. fields.SelectMany(Literal)]);

    public static byte[] Request(int stream, byte flags, string method, string path, params (string, string)[] more) =>
        Head(
            stream, flags,
            [(":method", method), (":scheme", "http"), (":path", path), (":authority", "h"), .. more]);

    public static byte[] Body(int stream, byte flags, byte[] bytes) => Frame(Data, flags, stream, bytes);

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        var head = new byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Length << 8);
        (head[3], head[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(5), stream);
        return [.. head, .. payload];
    }

    private static byte[] Literal((string Name, string Value) field) =>
        [0, .. Text(field.Name), .. Text(field.Value)];

    /// <summary>RFC 7541 section 5.1 and 5.2, for less than 16 KB.</summary>
    private static byte[] Text(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var rest = bytes.Length - 127;
        byte[] length = rest < 0 ? [(byte)bytes.Length]
            : rest < 128 ? [127, (byte)rest]
            : [127, (byte)(rest % 128 | 128), (byte)(rest / 128)];
        return [.. length, .. bytes];
    }
}
