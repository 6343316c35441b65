using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Tests.Support;

/// <summary>The sums of one server's own instruments, by label.</summary>
internal sealed class CapturedMetrics : IDisposable
{
    private readonly ConcurrentDictionary<string, long> sums = new();
    private readonly MeterListener listener = new();

    /// <param name="factory">Tells this server's meters from those of the servers of other tests.</param>
    public CapturedMetrics(IMeterFactory factory)
    {
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ServerMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, measurement, tags, _) =>
        {
            sums.AddOrUpdate(instrument.Name, measurement, (_, sum) => sum + measurement);
            foreach (var (label, value) in tags)
            {
                sums.AddOrUpdate($"{instrument.Name} {label}={value}", measurement, (_, sum) => sum + measurement);
            }
        });
        listener.Start();
    }

    /// <param name="label">"scheme=v2", or nothing for the sum over all.</param>
    public long Sum(string name, string? label = null) =>
        sums.GetValueOrDefault(label is null ? name : $"{name} {label}");

    public void Dispose() => listener.Dispose();
}
