using Serilog.Core;
using Serilog.Events;

namespace HmacFileServer.Telemetry.Logs;

/// <summary>
/// The id that the answer carries. The framework's own scope holds the one from before it was assigned.
/// </summary>
internal sealed class RequestIdentity : ILogEventEnricher
{
    public const string Property = "RequestId";

    private readonly HttpContextAccessor requests = new();

    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        if (requests.HttpContext is { } http)
        {
            logEvent.AddOrUpdateProperty(new LogEventProperty(Property, new ScalarValue(http.TraceIdentifier)));
        }
    }
}

/// <summary>
/// For people: the request's id behind the message, where there is a request. JSON has it as a field of its own.
/// </summary>
internal sealed class RequestSuffix : ILogEventEnricher
{
    public const string Property = "RequestSuffix";

    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        if (logEvent.Properties.TryGetValue(RequestIdentity.Property, out var id)
            && id is ScalarValue { Value: string text })
        {
            logEvent.AddPropertyIfAbsent(new LogEventProperty(Property, new ScalarValue($" ({text})")));
        }
    }
}
