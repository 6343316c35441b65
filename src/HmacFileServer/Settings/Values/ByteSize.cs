using System.Globalization;

namespace HmacFileServer.Settings.Values;

/// <summary>
/// A number of bytes, written "10GB", "1.5 MB", "512KiB", "100B" or 1048576.
/// Every unit is a power of 1024, with or without the "i": so hmac-file-server counted.
/// </summary>
internal readonly record struct ByteSize(long Bytes)
{
    private static readonly (string Suffix, int Shift)[] Units =
    [
        ("KIB", 10), ("MIB", 20), ("GIB", 30), ("TIB", 40),
        ("KB", 10), ("MB", 20), ("GB", 30), ("TB", 40),
        ("K", 10), ("M", 20), ("G", 30), ("T", 40), ("B", 0),
    ];

    public static bool TryParse(string text, out ByteSize size, out string problem)
    {
        size = default;
        problem = $"\"{text}\" is not a size: write a number and B, KB, MB, GB or TB";

        var number = text.AsSpan().Trim();
        var shift = 0;
        foreach (var (suffix, unitShift) in Units)
        {
            if (number.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                number = number[..^suffix.Length].TrimEnd();
                shift = unitShift;
                break;
            }
        }

        const NumberStyles Plain = NumberStyles.AllowDecimalPoint;
        if (number.Length > 20 || !decimal.TryParse(number, Plain, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        var bytes = count * (1L << shift);
        if (bytes > long.MaxValue)
        {
            problem = $"\"{text}\" is more than this server can count";
            return false;
        }

        size = new ByteSize((long)bytes);
        return true;
    }

    public override string ToString()
    {
        foreach (var (suffix, shift) in Units.AsSpan(4, 4).ToArray().Reverse())
        {
            if (Bytes != 0 && Bytes % (1L << shift) == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{Bytes >> shift}{suffix}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Bytes}B");
    }
}
