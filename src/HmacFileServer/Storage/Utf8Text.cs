using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>
/// Whether a file begins as UTF-8. Chance hardly makes a valid sequence of bytes above 127: who has one means it.
/// </summary>
internal static class Utf8Text
{
    /// <summary>How much of a file tells.</summary>
    public const int Looked = 64 << 10;

    /// <returns><see langword="false"/> also for ASCII alone, which needs no saying.</returns>
    public static bool IsIn(SafeFileHandle file, long length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Looked);
        try
        {
            var count = RandomAccess.Read(file, buffer.AsSpan(0, Looked), 0);
            ReadOnlySpan<byte> begin = buffer.AsSpan(0, count);
            return !Ascii.IsValid(begin) && Utf8.IsValid(count < length ? WithoutCutLetter(begin) : begin);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ReadOnlySpan<byte> WithoutCutLetter(ReadOnlySpan<byte> text)
    {
        const int MostOfOne = 3; // the fourth byte completes the longest
        for (var back = 1; back <= Math.Min(MostOfOne, text.Length); back++)
        {
            if (Rune.DecodeFromUtf8(text[^back..], out _, out _) == OperationStatus.NeedMoreData)
            {
                return text[..^back];
            }
        }

        return text;
    }
}
