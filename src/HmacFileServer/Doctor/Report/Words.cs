using System.Globalization;

namespace HmacFileServer.Doctor.Report;

/// <summary>Numbers as people say them.</summary>
internal static class Words
{
    private static readonly string[] Units = ["bytes", "KB", "MB", "GB", "TB"];

    public static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Powers of 1024, as everywhere in the settings.</summary>
    public static string Size(double bytes)
    {
        var unit = 0;
        while (bytes >= 1024 && unit < Units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return $"{bytes.ToString(bytes < 10 && unit > 0 ? "0.#" : "0", CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    public static string Time(TimeSpan time) => time.TotalSeconds switch
    {
        < 1 => "under 1 s",
        < 120 => $"{time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s",
        < 7200 => $"{time.TotalMinutes.ToString("0", CultureInfo.InvariantCulture)} min",
        < 2 * 86400 => $"{time.TotalHours.ToString("0.#", CultureInfo.InvariantCulture)} h",
        _ => $"{time.TotalDays.ToString("0.#", CultureInfo.InvariantCulture)} days",
    };

    /// <summary>Bits a second from bytes a second, in powers of 1000 as networks are sold.</summary>
    public static string Rate(double bytesPerSecond) => (bytesPerSecond * 8) switch
    {
        >= 1e6 and var bits =>
            $"{(bits / 1e6).ToString(bits < 1e7 ? "0.#" : "0", CultureInfo.InvariantCulture)} Mbit/s",
        var bits => $"{(bits / 1e3).ToString("0", CultureInfo.InvariantCulture)} kbit/s",
    };

    /// <summary>"1 warning", "3 warnings".</summary>
    public static string Count(int count, string thing) => $"{Number(count)} {thing}{(count == 1 ? "" : "s")}";
}
