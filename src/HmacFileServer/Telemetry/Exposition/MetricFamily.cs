using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace HmacFileServer.Telemetry.Exposition;

internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>One instrument and its sums, one for each set of labels.</summary>
internal sealed class MetricFamily
{
    // Closed sets of labels stay far below. A client that found a way to invent labels must not fill the memory.
    private const int MostSeries = 500;

    private readonly ConcurrentDictionary<int, MetricSeries> byHash = new();
    private readonly Lock adding = new();
    private readonly double[] bounds;
    private readonly bool isObserved;
    private int count;

    private MetricFamily(Instrument instrument, MetricKind kind, double[] bounds)
    {
        this.bounds = bounds;
        isObserved = instrument.IsObservable;
        Kind = kind;
        Name = MetricNames.Of(instrument, kind);
        Unit = MetricNames.Unit(instrument.Unit);
        Help = instrument.Description ?? instrument.Name;
    }

    /// <summary>Without the suffixes that samples get.</summary>
    public string Name { get; }

    public string Unit { get; }

    public string Help { get; }

    public MetricKind Kind { get; }

    public IEnumerable<MetricSeries> Series => byHash.Values
        .SelectMany(MetricSeries.Chain)
        .Where(series => series.IsLive)
        .OrderBy(series => series.Labels, StringComparer.Ordinal);

    public static MetricFamily Of(Instrument instrument)
    {
        var kind = MetricNames.KindOf(instrument);
        return new MetricFamily(instrument, kind, kind == MetricKind.Histogram ? MetricNames.Bounds(instrument) : []);
    }

    /// <summary>What an observable instrument does not mention this time is gone.</summary>
    public void BeginObservation()
    {
        if (isObserved)
        {
            foreach (var series in byHash.Values.SelectMany(MetricSeries.Chain))
            {
                series.IsLive = false;
            }
        }
    }

    public void Measured(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Find(tags) is not { } series)
        {
            return;
        }

        if (isObserved)
        {
            series.Set(value);
        }
        else if (Kind == MetricKind.Histogram)
        {
            series.Observe(value);
        }
        else
        {
            series.Add(value);
        }
    }

    private MetricSeries? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = MetricSeries.HashOf(tags);
        if (byHash.TryGetValue(hash, out var first) && first.Find(tags) is { } known)
        {
            return known;
        }

        lock (adding)
        {
            byHash.TryGetValue(hash, out first);
            if (first?.Find(tags) is { } meanwhile)
            {
                return meanwhile;
            }

            if (count == MostSeries)
            {
                return null;
            }

            count++;
            return byHash[hash] = new MetricSeries(tags, bounds, first);
        }
    }
}
