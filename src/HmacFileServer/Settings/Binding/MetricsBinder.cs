using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Settings.Binding;

/// <summary>Reads <c>[metrics]</c>.</summary>
internal static class MetricsBinder
{
    public static MetricsSettings Metrics(TableReader table, MetricsSettings otherwise, HostSettings server)
    {
        var address = table.Read<ListenAddress?>("listen_address", otherwise.ListenAddress, OptionalAddress);
        if (address is not (null or { UnixPath: null, Port: 0 }) // any free port
            && server.ListenAddress.Concat(server.ProxyProtocolAddress).Contains(address))
        {
            table.Problem("listen_address", "is an address of the server's own: metrics have one to themselves");
        }

        return new MetricsSettings { ListenAddress = address };
    }

    private static bool OptionalAddress(string text, out ListenAddress? value, out string problem)
    {
        value = null;
        problem = "";
        return text.Length == 0 || ListenAddress.TryParse(text, out value, out problem);
    }
}
