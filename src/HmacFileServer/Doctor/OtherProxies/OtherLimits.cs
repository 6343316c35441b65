using System.Globalization;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.OtherProxies;

/// <summary>
/// What the arithmetic needs of Caddy, HAProxy and Apache: the same lines that the rules judge, and their defaults.
/// </summary>
internal static class OtherLimits
{
    private const long UsualWindow = 65_535;        // RFC 9113 section 6.5.2: HAProxy and Apache keep to it
    private const long CaddysWindow = 1 << 20;      // golang.org/x/net/http2
    private const long OurWindow = 2 << 20;         // KestrelSetup: HAProxy in mode tcp passes HTTP/2 through
    private const long ApachesMaxBody = 1 << 30;    // LimitRequestBody since 2.4.54
    private static readonly TimeSpan ApachesTimeout = TimeSpan.FromSeconds(60);

    public static ProxyLimits OfCaddy(IReadOnlyList<ProxyLine> lines, IReadOnlyList<Finding> found) => new(
        "Caddy", Bytes(Value(lines, "max_size", 1)), Stores(found), null,
        Time(Value(lines, "response_header_timeout", 1), 1), true, CaddysWindow);

    public static ProxyLimits OfHaProxy(IReadOnlyList<ProxyLine> lines, IReadOnlyList<Finding> found)
    {
        var told = Value(lines, "tune.h2.fe.initial-window-size", 1) ?? Value(lines, "tune.h2.initial-window-size", 1);
        var window = lines.Any(line => line.Begins("mode", "http")) ? Bytes(told) ?? UsualWindow : OurWindow;
        var speaks = lines.Any(line => line.Begins("bind")
            && line.Words.Any(word => word.Split(',').Contains("h2")));
        TimeSpan? Silence(string of) =>
            Time(lines.LastOrDefault(line => line.Begins("timeout", of))?.Word(2), 0.001);
        return new ProxyLimits(
            "HAProxy", null, false, Silence("client"), Silence("server"), speaks, speaks ? window : null);
    }

    public static ProxyLimits OfApache(IReadOnlyList<ProxyLine> lines, IReadOnlyList<Finding> found)
    {
        var silence = Time(Value(lines, "Timeout", 1), 1) ?? ApachesTimeout;
        var most = Bytes(Value(lines, "LimitRequestBody", 1)) ?? ApachesMaxBody;
        var passed = lines.Where(line => line.Begins("ProxyPass")).SelectMany(line => line.Words)
            .LastOrDefault(word => word.StartsWith("timeout=", StringComparison.Ordinal));
        var speaks = lines.Any(line => line.Begins("Protocols") && line.Words.Contains("h2"));
        return new ProxyLimits(
            "Apache", most == 0 ? null : most, Stores(found), silence,
            Time(passed?["timeout=".Length..] ?? Value(lines, "ProxyTimeout", 1), 1) ?? silence, speaks,
            speaks ? Bytes(Value(lines, "H2WindowSize", 1)) ?? UsualWindow : null);
    }

    private static bool Stores(IReadOnlyList<Finding> found) =>
        found.Any(finding => finding.Code.EndsWith("-request-buffering", StringComparison.Ordinal));

    private static string? Value(IReadOnlyList<ProxyLine> lines, string name, int index) =>
        lines.LastOrDefault(line => line.Begins(name))?.Word(index);

    private static TimeSpan? Time(string? text, double bareSeconds) =>
        text is null ? null : ProxyFile.Time(text, bareSeconds);

    /// <summary>"1048576", and as Caddy has it: "10MB" of 1000, "10MiB" of 1024.</summary>
    private static long? Bytes(string? text)
    {
        var digits = (text ?? "").TrimEnd("BbiKkMmGgTt".ToCharArray());
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
        {
            return null;
        }

        var unit = text![digits.Length..].ToUpperInvariant();
        var power = unit.Length == 0 ? 0 : "BKMGT".IndexOf(unit[0], StringComparison.Ordinal);
        var bytes = count * Math.Pow(unit.Contains('I', StringComparison.Ordinal) ? 1024 : 1000, Math.Max(power, 0));
        return bytes < long.MaxValue ? (long)bytes : null;
    }
}
