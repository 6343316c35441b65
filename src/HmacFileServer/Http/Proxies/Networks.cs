using System.Net;

namespace HmacFileServer.Http.Proxies;

/// <summary>
/// Whether one of several networks holds an address, also where a socket for both kinds shows IPv4 as IPv6; and
/// whether two networks have an address in common.
/// </summary>
internal static class Networks
{
    public static bool Hold(this IEnumerable<IPNetwork> networks, IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return networks.Any(network => network.Contains(plain));
    }

    public static bool Overlaps(this IPNetwork one, IPNetwork other) =>
        one.Contains(other.BaseAddress) || other.Contains(one.BaseAddress);
}
