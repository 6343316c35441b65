using System.Globalization;
using System.Text;

namespace HmacFileServer.Telemetry.Exposition;

/// <summary>
/// The two text formats: Prometheus 0.0.4, and OpenMetrics 1.0, which names counters without their suffix, wants
/// units and an end.
/// </summary>
internal sealed class PrometheusText(bool openMetrics)
{
    public const string TextType = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private readonly StringBuilder text = new(32 << 10);

    public void Write(MetricFamily family)
    {
        var isCounter = family.Kind == MetricKind.Counter;
        var sample = isCounter ? family.Name + "_total" : family.Name;
        var name = openMetrics ? family.Name : sample;
        var series = family.Series.ToArray();
        if (series.Length == 0)
        {
            return;
        }

        var help = family.Help.Replace("\\", @"\\", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
        help = openMetrics ? help.Replace("\"", "\\\"", StringComparison.Ordinal) : help;
        Line($"# HELP {name} {help}");
        Line($"# TYPE {name} {Word(family.Kind)}");
        if (openMetrics && family.Unit.Length > 0)
        {
            Line($"# UNIT {name} {family.Unit}");
        }

        foreach (var one in series)
        {
            if (family.Kind == MetricKind.Histogram)
            {
                Histogram(family.Name, one);
            }
            else
            {
                Line($"{sample}{Braced(one.Labels)} {Number(one.Value)}");
            }
        }
    }

    public string End()
    {
        if (openMetrics)
        {
            Line($"# EOF");
        }

        return text.ToString();
    }

    private void Histogram(string name, MetricSeries series)
    {
        var (cumulative, sum) = series.Distribution();
        foreach (var (bound, count) in cumulative)
        {
            var separator = series.Labels.Length == 0 ? "" : ",";
            Line($"{name}_bucket{{{series.Labels}{separator}le=\"{Bound(bound)}\"}} {count}");
        }

        Line($"{name}_sum{Braced(series.Labels)} {Number(sum)}");
        Line($"{name}_count{Braced(series.Labels)} {cumulative[^1].Count}");
    }

    private void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Braced(string labels) => labels.Length == 0 ? "" : $"{{{labels}}}";

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    /// <summary>OpenMetrics wants a whole bound written as 10.0; the same text in both keeps them one series.</summary>
    private static string Bound(double bound)
    {
        var number = Number(bound);
        return number.AsSpan().ContainsAny(".EI") ? number : number + ".0";
    }

    private static string Word(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Histogram => "histogram",
        _ => "gauge",
    };
}
