using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace HmacFileServer.Telemetry.Exposition;

/// <summary>
/// Listens to the instruments of the process and adds up what they measure, from before the first request on. Of meters
/// made by a factory, only to those of this server's own.
/// </summary>
internal sealed class MetricCollector : IDisposable
{
    // Counts that a route was found for a request: by us, each time.
    private const string Routing = "Microsoft.AspNetCore.Routing";

    private readonly ConcurrentDictionary<Instrument, MetricFamily> families = new();
    private readonly MeterListener listener = new();
    private readonly Lock scraping = new();

    public MetricCollector(IMeterFactory factory)
    {
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if ((instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, factory))
                && instrument.Meter.Name != Routing)
            {
                listener.EnableMeasurementEvents(instrument, families.GetOrAdd(instrument, MetricFamily.Of));
            }
        };
        listener.MeasurementsCompleted = (instrument, _) => families.TryRemove(instrument, out MetricFamily? _);
        listener.SetMeasurementEventCallback<byte>(static (_, value, tags, family) => Add(family, value, tags));
        listener.SetMeasurementEventCallback<short>(static (_, value, tags, family) => Add(family, value, tags));
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => Add(family, value, tags));
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => Add(family, value, tags));
        listener.SetMeasurementEventCallback<float>(static (_, value, tags, family) => Add(family, value, tags));
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => Add(family, value, tags));
        listener.SetMeasurementEventCallback<decimal>(
            static (_, value, tags, family) => Add(family, (double)value, tags));
        listener.Start();
    }

    /// <summary>Asks the observable instruments, and writes down everything.</summary>
    public string Write(bool openMetrics)
    {
        lock (scraping)
        {
            foreach (var family in families.Values)
            {
                family.BeginObservation();
            }

            listener.RecordObservableInstruments();
            var text = new PrometheusText(openMetrics);

            // Two meters may have an instrument of one name; a name may stand only once.
            var named = families.Values.DistinctBy(family => family.Name)
                .OrderBy(family => family.Name, StringComparer.Ordinal);
            foreach (var family in named)
            {
                text.Write(family);
            }

            return text.End();
        }
    }

    public void Dispose() => listener.Dispose();

    private static void Add(object? family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((MetricFamily)family!).Measured(value, tags);
}
