using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace HmacFileServer.Http.Proxies;

internal enum ProxyHeaderReading
{
    /// <summary>What is there may become a header.</summary>
    Incomplete,

    Complete,

    /// <summary>It can't become one any more.</summary>
    Malformed,
}

/// <summary>
/// What a TCP proxy says before the first byte of its client: where that came from. The PROXY protocol of HAProxy,
/// version 1 (a line) and 2 (binary), proxy-protocol.txt. To the letter: whatever is nearly right is wrong.
/// </summary>
/// <param name="Length">Bytes of the header.</param>
/// <param name="Source">The client; null where the proxy speaks for itself (a health check), or of no TCP
/// client.</param>
internal readonly record struct ProxyHeader(int Length, IPEndPoint? Source)
{
    /// <summary>
    /// Longer is malformed. Version 1 has at most 107 bytes; version 2 has addresses and additions such as TLS details.
    /// </summary>
    public const int MaxLength = 2048;

    private const int MaxLineLength = 107; // proxy-protocol.txt, 2.1
    private const int FixedLength = 16;    // 2.2: signature, command, family, length
    private const int Tcp4Length = 12;
    private const int Tcp6Length = 36;

    private static ReadOnlySpan<byte> LineStart => "PROXY "u8;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    public static ProxyHeaderReading Read(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        if (bytes.Length == 0)
        {
            return ProxyHeaderReading.Incomplete;
        }

        return bytes[0] == LineStart[0] ? ReadLine(bytes, out header) : ReadBinary(bytes, out header);
    }

    private static ProxyHeaderReading ReadLine(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        if (!Agree(bytes, LineStart))
        {
            return ProxyHeaderReading.Malformed;
        }

        var end = bytes[..Math.Min(bytes.Length, MaxLineLength)].IndexOf("\r\n"u8);
        if (end < 0)
        {
            return bytes.Length < MaxLineLength ? ProxyHeaderReading.Incomplete : ProxyHeaderReading.Malformed;
        }

        var length = end + 2;
        var words = Encoding.Latin1.GetString(bytes[..end]).Split(' ');
        if (words[1] == "UNKNOWN")
        {
            header = new ProxyHeader(length, null); // what follows is to be ignored
            return ProxyHeaderReading.Complete;
        }

        // Both addresses and both ports must be good, though we use one of each.
        if (words is not ["PROXY", "TCP4" or "TCP6", var source, var destination, var sourcePort, var destinationPort]
            || !TryAddress(source, words[1] == "TCP6", out var address)
            || !TryAddress(destination, words[1] == "TCP6", out _)
            || !TryPort(sourcePort, out var port) || !TryPort(destinationPort, out _))
        {
            return ProxyHeaderReading.Malformed;
        }

        header = new ProxyHeader(length, new IPEndPoint(address, port));
        return ProxyHeaderReading.Complete;
    }

    private static ProxyHeaderReading ReadBinary(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        if (!Agree(bytes, Signature))
        {
            return ProxyHeaderReading.Malformed;
        }

        if (bytes.Length < FixedLength)
        {
            return ProxyHeaderReading.Incomplete;
        }

        var (command, family) = (bytes[12], bytes[13]);
        var length = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (command is not (0x20 or 0x21) || length > MaxLength)
        {
            return ProxyHeaderReading.Malformed;
        }

        if (bytes.Length < length)
        {
            return ProxyHeaderReading.Incomplete;
        }

        var addresses = bytes[FixedLength..length];
        var source = (command, family) switch
        {
            (0x21, 0x11) when addresses.Length >= Tcp4Length =>
                new IPEndPoint(new IPAddress(addresses[..4]), BinaryPrimitives.ReadUInt16BigEndian(addresses[8..])),
            (0x21, 0x21) when addresses.Length >= Tcp6Length =>
                new IPEndPoint(new IPAddress(addresses[..16]), BinaryPrimitives.ReadUInt16BigEndian(addresses[32..])),
            _ => null,
        };
        if (source is null && command == 0x21 && family is 0x11 or 0x21)
        {
            return ProxyHeaderReading.Malformed; // says that it names a client, and is too short to
        }

        header = new ProxyHeader(length, source);
        return ProxyHeaderReading.Complete;
    }

    private static bool Agree(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> wanted)
    {
        var common = Math.Min(bytes.Length, wanted.Length);
        return bytes[..common].SequenceEqual(wanted[..common]);
    }

    private static bool TryAddress(string text, bool isV6, out IPAddress address)
    {
        // IPAddress takes "1", "0x7f.1" and "fe80::1%3" too; the protocol knows four decimal numbers, or
        // hexadecimal groups.
        var allowed = isV6 ? "0123456789abcdefABCDEF:." : "0123456789.";
        address = IPAddress.None;
        return !text.AsSpan().ContainsAnyExcept(allowed)
            && text.Contains(':', StringComparison.Ordinal) == isV6
            && (isV6 || (text.AsSpan().Count('.') == 3 && !HasLeadingZero(text)))
            && IPAddress.TryParse(text, out address!);
    }

    private static bool HasLeadingZero(string text) =>
        Array.Exists(text.Split('.'), number => number.Length > 1 && number[0] == '0');

    private static bool TryPort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && (text.Length == 1 || text[0] != '0');
}
