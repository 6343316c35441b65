using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace HmacFileServer.Tests.Support;

/// <summary>The head of the first answer over HTTP/2 as far as a test needs it.</summary>
internal static class Http2Answer
{
    private const byte Headers = 1, ResetStream = 3, GoAway = 7;

    /// <returns>The status and the plain text of the other fields; or how the stream was ended without one.</returns>
    public static async Task<string> ReadAsync(RawConnection wire)
    {
        while (true)
        {
            var head = await wire.ReadBytesAsync(9);
            if (head.Length < 9)
            {
                return "closed";
            }

            var length = BinaryPrimitives.ReadInt32BigEndian(head) >> 8;
            var payload = length == 0 ? [] : await wire.ReadBytesAsync(length);
            switch (head[3])
            {
                case Headers:
                    return Status(payload) + " " + Encoding.Latin1.GetString(payload);
                case ResetStream:
                    return "reset";
                case GoAway:
                    return "go away";
            }
        }
    }

    /// <summary>RFC 7541: index 8 to 14 of the static table, or a literal of three digits.</summary>
    private static string Status(byte[] block)
    {
        string[] indexed = ["200", "204", "206", "304", "400", "404", "500"];
        while (block is [>= 0x20 and < 0x40, ..])
        {
            block = block[1..]; // the size of a table changes
        }

        return block[0] is >= 0x88 and <= 0x8e
            ? indexed[block[0] - 0x88]
            : string.Create(CultureInfo.InvariantCulture, $"{Encoding.ASCII.GetString(block, 2, 3)}");
    }
}
