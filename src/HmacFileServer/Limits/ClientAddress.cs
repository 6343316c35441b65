using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using HmacFileServer.Settings;

namespace HmacFileServer.Limits;

/// <summary>
/// The part of an address that one client has to himself: he is counted by that, whichever addresses in it he uses.
/// </summary>
internal readonly record struct ClientAddress(UInt128 Bits)
{
    private const int MappedBits = 96; // ::ffff:0:0/96, where IPv4 addresses lie within IPv6 (RFC 4291 section 2.5.5.2)

    public static ClientAddress Of(IPAddress address, LimitSettings limits)
    {
        Span<byte> bytes = stackalloc byte[16];
        var whole = address.AddressFamily == AddressFamily.InterNetworkV6 ? address : address.MapToIPv6();
        whole.TryWriteBytes(bytes, out _);
        var kept = whole.IsIPv4MappedToIPv6 ? MappedBits + limits.Ipv4Prefix : limits.Ipv6Prefix;
        return new ClientAddress(BinaryPrimitives.ReadUInt128BigEndian(bytes) & (UInt128.MaxValue << (128 - kept)));
    }
}
