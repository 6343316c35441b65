using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Settings.Binding;

/// <summary>Reads <c>[metrics]</c>.</summary>
internal static class MetricsBinder
{
    public static MetricsSettings Metrics(TableReader table, MetricsSettings otherwise) => new()
    {
        ListenAddress = table.Read<ListenAddress?>("listen_address", otherwise.ListenAddress, OptionalAddress),
    };

    private static bool OptionalAddress(string text, out ListenAddress? value, out string problem)
    {
        value = null;
        problem = "";
        return text.Length == 0 || ListenAddress.TryParse(text, out value, out problem);
    }
}
