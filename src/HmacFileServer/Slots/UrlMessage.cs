using System.Buffers;
using System.Globalization;
using System.Text;

namespace HmacFileServer.Slots;

/// <summary>
/// The bytes that URL schemes sign. The verifier, the <c>sign</c> command and whatever issues slots use the same ones.
/// </summary>
internal static class UrlMessage
{
    /// <summary>v: <c>path SP length</c>, the path without its leading slash and prefix.</summary>
    public static void WriteV1(IBufferWriter<byte> message, string key, long length)
    {
        Write(message, key);
        message.Write(" "u8);
        Write(message, length);
    }

    /// <summary>v2 and token: <c>path NUL length NUL type</c>.</summary>
    public static void WriteV2(IBufferWriter<byte> message, string key, long length, string contentType)
    {
        Write(message, key);
        message.Write("\0"u8);
        Write(message, length);
        message.Write("\0"u8);
        Write(message, contentType);
    }

    /// <summary>Metronome's DELETE: <c>path NUL delete_secret</c>, keyed with the secret of the uploads.</summary>
    public static void WriteDelete(IBufferWriter<byte> message, string key, ReadOnlySpan<byte> deleteSecret)
    {
        Write(message, key);
        message.Write("\0"u8);
        message.Write(deleteSecret);
    }

    /// <summary>
    /// v3: <c>method LF expires LF path</c>, the path with its leading slash and prefix. Binds neither size nor type.
    /// </summary>
    public static void WriteV3(IBufferWriter<byte> message, string method, string expires, ReadOnlySpan<byte> path)
    {
        Write(message, method);
        message.Write("\n"u8);
        Write(message, expires);
        message.Write("\n"u8);
        message.Write(path);
    }

    private static void Write(IBufferWriter<byte> message, string text) => Encoding.UTF8.GetBytes(text, message);

    private static void Write(IBufferWriter<byte> message, long number)
    {
        Span<byte> digits = stackalloc byte[20];
        number.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
        message.Write(digits[..length]);
    }
}
