using System.Diagnostics.Metrics;
using HmacFileServer.Telemetry.Exposition;

namespace HmacFileServer.Tests.Support;

/// <summary>A collector and one meter that only it listens to.</summary>
internal sealed class OneMeter : IMeterFactory
{
    public OneMeter()
    {
        Meter = new Meter("Tests", version: null, tags: null, scope: this);
        Collector = new MetricCollector(this);
    }

    public Meter Meter { get; }

    public MetricCollector Collector { get; }

    public Meter Create(MeterOptions options) => Meter;

    public void Dispose()
    {
        Collector.Dispose();
        Meter.Dispose();
    }
}
