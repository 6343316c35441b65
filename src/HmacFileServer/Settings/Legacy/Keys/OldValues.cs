using System.Globalization;
using HmacFileServer.Settings.Toml;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Settings.Legacy.Keys;

/// <summary>
/// Values as the old servers read them. What holds a variable, <c>${NAME}</c>, is passed on as it is.
/// </summary>
internal static class OldValues
{
    /// <summary>What stands for "no limit" where the old server had none: 1 EB, which no disk holds.</summary>
    public const string NoLimit = "1048576TB";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromDays(7); // the most that [timeouts] takes

    /// <summary>
    /// A time to live of hmac-file-server: a number and one letter, s m h d w y; what follows them it did not read, so
    /// "1h30m" was an hour and "500ms" 500 minutes.
    /// </summary>
    public static bool TryTimeToLive(string text, out Duration time)
    {
        time = default;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        return digits > 0 && Duration.TryParse(text[..(digits + 1)], out time, out _) && time.Time >= Second;
    }

    public static TomlValue? TimeToLive(TomlValue value) => Text(value) switch
    {
        { } text when HasVariable(text) => value,
        { } text when TryTimeToLive(text, out var time) => New(time.ToString(), value),
        _ => null,
    };

    /// <summary>A Go duration. Zero and less meant none at all; ours end a silence, of a second to a week.</summary>
    public static TomlValue? Timeout(TomlValue value)
    {
        if (Text(value) is not { } text || HasVariable(text))
        {
            return value;
        }

        if (text.StartsWith('-') || (Duration.TryParse(text, out var time, out _) && time.Time <= TimeSpan.Zero))
        {
            return null;
        }

        return Duration.TryParse(text, out time, out _) && (time.Time < Second || time.Time > LongestSilence)
            ? New(time.Time < Second ? "1s" : new Duration(LongestSilence).ToString(), value)
            : value;
    }

    /// <summary>Nothing, or 0, was no limit.</summary>
    public static TomlValue? UploadSize(TomlValue value) =>
        Text(value) is { } text && ByteSize.TryParse(text, out var size, out _) && size.Bytes == 0
            ? New(NoLimit, value)
            : value;

    /// <summary>lumberjack's max_size: a bare number of megabytes. A size with its unit is one of ours.</summary>
    public static TomlValue? Megabytes(TomlValue value) => value switch
    {
        TomlInteger { Value: > 0 } number => New(Number(number.Value) + "MB", value),
        TomlInteger => null,
        _ => value,
    };

    /// <summary>lumberjack's max_backups: 0 kept them all.</summary>
    public static TomlValue? Backups(TomlValue value) =>
        value is TomlInteger { Value: <= 0 } ? New("10000", value) : value;

    /// <summary>Ours is 8 KB at least; Go took anything. 1 MB was the default, and is in the file for no reason.</summary>
    public static TomlValue? HeaderBytes(TomlValue value) => value is TomlInteger number
        ? number.Value switch
        {
            <= 0 => null,
            >= 1 << 20 => New("64KB", value),
            _ => New(Number(Math.Max(number.Value, 8192)), value),
        }
        : value;

    /// <summary>logrus knew more levels, and took what it did not know for "info".</summary>
    public static TomlValue? Level(TomlValue value) => Text(value)?.ToLowerInvariant() switch
    {
        "panic" => New("critical", value),
        { } text when HasVariable(text) || Parsers.Level(text, out _, out _) => value,
        _ => null,
    };

    /// <summary>
    /// ".jpg" and the like. An asterisk meant every one, as an empty list does here. The old server compared the last
    /// extension alone, so ".tar.gz" never matched and is left out.
    /// </summary>
    public static TomlValue? Extensions(TomlValue value)
    {
        if (value is not TomlArray list)
        {
            return value;
        }

        var known = new TomlArray(list.Position);
        foreach (var item in list.Items)
        {
            var text = Text(item) ?? "";
            if (text is "*" or ".*" or "")
            {
                return new TomlArray(list.Position);
            }

            if (Parsers.Extension(text, out _, out _))
            {
                known.Add(item);
            }
        }

        return known.Items.Count == list.Items.Count ? list : known;
    }

    public static string? Text(TomlValue? value) => value switch
    {
        TomlString text => text.Value,
        TomlInteger number => Number(number.Value),
        TomlBoolean flag => flag.Value ? "true" : "false",
        _ => null,
    };

    /// <summary>As viper took it: also from a string or a number.</summary>
    public static bool IsTrue(TomlValue? value) => Text(value)?.ToLowerInvariant() is "true" or "1" or "t";

    public static bool HasVariable(string text) => text.Contains("${", StringComparison.Ordinal);

    public static TomlString New(string text, TomlValue at) => new(text, at.Position);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
