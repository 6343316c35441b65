using System.Globalization;
using System.Text;

namespace HmacFileServer.Telemetry.Exposition;

/// <summary>The sum, or the distribution, of one instrument for one set of labels. Safe for every thread.</summary>
internal sealed class MetricSeries
{
    private readonly KeyValuePair<string, object?>[] tags;
    private readonly double[] bounds;
    private readonly long[] buckets;
    private readonly MetricSeries? next; // of the same hash
    private readonly Lock gate = new();
    private double sum;

    public MetricSeries(ReadOnlySpan<KeyValuePair<string, object?>> tags, double[] bounds, MetricSeries? next)
    {
        this.tags = tags.ToArray();
        this.bounds = bounds;
        this.next = next;
        buckets = new long[bounds.Length + 1];
        Labels = LabelsOf(this.tags);
    }

    /// <summary><c>code="expired",method="PUT"</c>, or nothing.</summary>
    public string Labels { get; }

    public bool IsLive { get; set; } = true;

    public double Value
    {
        get
        {
            lock (gate)
            {
                return sum;
            }
        }
    }

    public static IEnumerable<MetricSeries> Chain(MetricSeries first)
    {
        for (var series = first; series is not null; series = series.next)
        {
            yield return series;
        }
    }

    public static int HashOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = default(HashCode);
        foreach (var (name, value) in tags)
        {
            hash.Add(name.Length);
            hash.Add(Closed(name, value) is string text ? Glance(text) : value?.GetHashCode() ?? 0);
        }

        return hash.ToHashCode();
    }

    /// <summary>
    /// Labels are few: two that look alike at a glance cost one comparison, but a whole string to hash each time costs
    /// more.
    /// </summary>
    private static int Glance(string text) => text.Length == 0 ? 0 : (text.Length << 16) ^ (text[0] << 8) ^ text[^1];

    public MetricSeries? Find(ReadOnlySpan<KeyValuePair<string, object?>> wanted)
    {
        for (var series = this; series is not null; series = series.next)
        {
            if (series.Has(wanted))
            {
                return series;
            }
        }

        return null;
    }

    public void Add(double value)
    {
        lock (gate)
        {
            sum += value;
        }
    }

    public void Set(double value)
    {
        lock (gate)
        {
            sum = value;
            IsLive = true;
        }
    }

    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        lock (gate)
        {
            sum += value;
            buckets[bucket]++;
        }
    }

    /// <returns>How many measurements were at most each bound, the last bound being infinite; and their sum.</returns>
    public (IReadOnlyList<(double Bound, long Count)> Cumulative, double Sum) Distribution()
    {
        lock (gate)
        {
            var cumulative = new List<(double, long)>(buckets.Length);
            var count = 0L;
            for (var i = 0; i < buckets.Length; i++)
            {
                count += buckets[i];
                cumulative.Add((i < bounds.Length ? bounds[i] : double.PositiveInfinity, count));
            }

            return (cumulative, sum);
        }
    }

    private bool Has(ReadOnlySpan<KeyValuePair<string, object?>> wanted)
    {
        if (wanted.Length != tags.Length)
        {
            return false;
        }

        for (var i = 0; i < tags.Length; i++)
        {
            if (tags[i].Key != wanted[i].Key
                || !Equals(Closed(tags[i].Key, tags[i].Value), Closed(wanted[i].Key, wanted[i].Value)))
            {
                return false;
            }
        }

        return true;
    }

    // An HTTP/2 client may send any text as its :scheme, and Kestrel makes a label of it.
    private static object? Closed(string name, object? value) =>
        name != "url.scheme" || value is "http" or "https" ? value : "other";

    private static string LabelsOf(KeyValuePair<string, object?>[] tags)
    {
        var labels = new StringBuilder();
        foreach (var (name, value) in tags.OrderBy(tag => tag.Key, StringComparer.Ordinal))
        {
            var text = Convert.ToString(Closed(name, value), CultureInfo.InvariantCulture) ?? "";
            var escaped = text.Replace("\\", @"\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal);
            var separator = labels.Length == 0 ? "" : ",";
            labels.Append(CultureInfo.InvariantCulture, $"{separator}{MetricNames.Clean(name)}=\"{escaped}\"");
        }

        return labels.ToString();
    }
}
