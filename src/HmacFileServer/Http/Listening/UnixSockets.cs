using System.Net.Sockets;
using HmacFileServer.Settings;
using HmacFileServer.Storage;

namespace HmacFileServer.Http.Listening;

/// <summary>
/// The files of unix sockets: one left by a killed process is in the way, and the mode says who may connect.
/// </summary>
internal static class UnixSockets
{
    public static void RemoveStale(HostSettings server)
    {
        foreach (var path in Paths(server).Where(path => Posix.IsSocket(path) && IsDead(path)))
        {
            File.Delete(path);
        }
    }

    public static void ApplyMode(HostSettings server)
    {
        foreach (var path in Paths(server).Where(Posix.IsSocket))
        {
            File.SetUnixFileMode(path, server.UnixSocketMode);
        }
    }

    private static IEnumerable<string> Paths(HostSettings server) =>
        server.ListenAddress.Concat(server.ProxyProtocolAddress).Select(address => address.UnixPath).OfType<string>();

    private static bool IsDead(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused; // nobody listens on it
        }
    }
}
