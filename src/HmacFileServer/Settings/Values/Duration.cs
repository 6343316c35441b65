using System.Globalization;

namespace HmacFileServer.Settings.Values;

/// <summary>
/// A length of time, written "7200s", "1h30m", "500ms", "7d", "2w", "1y" (365 days), or a bare number of seconds.
/// Never negative, and at most a thousand years.
/// </summary>
internal readonly record struct Duration(TimeSpan Time)
{
    private const double MaxSeconds = 1000.0 * 365 * 86400;

    private static readonly (string Suffix, double Seconds)[] Units =
    [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("w", 7 * 86400), ("y", 365 * 86400),
    ];

    public static Duration Seconds(double seconds) => new(TimeSpan.FromSeconds(seconds));

    public static bool TryParse(string text, out Duration duration, out string problem)
    {
        duration = default;
        problem = $"\"{text}\" is not a duration: write for example 7200s, 1h30m or 7d";

        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
        {
            return false;
        }

        var seconds = 0.0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9') is var end && end < 0 ? rest.Length : end;
            if (digits is 0 or > 15)
            {
                return false;
            }

            var count = long.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
            rest = rest[digits..];
            var letters = rest.IndexOfAnyInRange('0', '9') is var next && next < 0 ? rest.Length : next;
            if (!TryUnit(rest[..letters].Trim(), out var unit))
            {
                return false;
            }

            seconds += count * unit;
            rest = rest[letters..];
        }

        if (seconds > MaxSeconds)
        {
            problem = $"\"{text}\" is longer than a thousand years";
            return false;
        }

        duration = Seconds(seconds);
        return true;
    }

    public override string ToString()
    {
        if (Time.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{(long)Time.TotalMilliseconds}ms");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(long)Time.TotalSeconds}s");
    }

    private static bool TryUnit(ReadOnlySpan<char> letters, out double seconds)
    {
        seconds = 1;
        if (letters.IsEmpty)
        {
            return true;
        }

        foreach (var (suffix, unit) in Units)
        {
            if (letters.Equals(suffix, StringComparison.OrdinalIgnoreCase))
            {
                seconds = unit;
                return true;
            }
        }

        return false;
    }
}
