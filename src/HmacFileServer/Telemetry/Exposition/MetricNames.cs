using System.Diagnostics.Metrics;

namespace HmacFileServer.Telemetry.Exposition;

/// <summary>
/// What an instrument is called in Prometheus: OpenTelemetry's rules ("Prometheus and OpenMetrics Compatibility"), and
/// what promtool objects to besides.
/// </summary>
internal static class MetricNames
{
    // Of most HTTP requests: the advice that OpenTelemetry gives for http.server.request.duration.
    private static readonly double[] Seconds =
        [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300];

    private static readonly double[] Bytes = [.. Enumerable.Range(0, 8).Select(step => 1024.0 * Math.Pow(8, step))];

    private static readonly double[] Others = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

    // They go up and down, and .NET 10 makes observable counters of them: a rate() over one would tell nothing.
    private static readonly string[] LevelsCalledCounters =
        ["dotnet.thread_pool.queue.length", "dotnet.thread_pool.thread.count"];

    public static MetricKind KindOf(Instrument instrument)
    {
        if (LevelsCalledCounters.Contains(instrument.Name))
        {
            return MetricKind.Gauge;
        }

        var type = instrument.GetType().GetGenericTypeDefinition();
        if (type == typeof(Histogram<>))
        {
            return MetricKind.Histogram;
        }

        return type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter : MetricKind.Gauge;
    }

    public static string Of(Instrument instrument, MetricKind kind)
    {
        var name = Clean(instrument.Name);

        // Only histograms may have a sample called _count.
        if (kind != MetricKind.Histogram && name.EndsWith("_count", StringComparison.Ordinal))
        {
            name = name[..^"_count".Length] + "_number";
        }

        var unit = Unit(instrument.Unit);
        return unit.Length == 0 || name.EndsWith("_" + unit, StringComparison.Ordinal) ? name : $"{name}_{unit}";
    }

    /// <summary>From UCUM; what stands in braces counts things and is no unit.</summary>
    public static string Unit(string? unit) => unit switch
    {
        "s" => "seconds",
        "By" => "bytes",
        "1" => "ratio",
        _ => "",
    };

    /// <summary>Every character that a name may not have becomes an underscore.</summary>
    public static string Clean(string name) =>
        string.Create(name.Length, name, static (clean, name) =>
        {
            for (var i = 0; i < name.Length; i++)
            {
                clean[i] = char.IsAsciiLetterOrDigit(name[i]) ? name[i] : '_';
            }
        });

    /// <summary>The upper bounds of a histogram's buckets: those its author advised, or such as fit its unit.</summary>
    public static double[] Bounds(Instrument instrument)
    {
        double[]? advised = instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
            Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } =>
                [.. bounds.Select(bound => (double)bound)],
            Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } =>
                [.. bounds.Select(bound => (double)bound)],
            _ => null,
        };
        return advised ?? instrument.Unit switch
        {
            "s" => Seconds,
            "By" => Bytes,
            _ => Others,
        };
    }
}
