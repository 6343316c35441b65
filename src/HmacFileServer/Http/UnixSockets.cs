using System.Net.Sockets;
using HmacFileServer.Settings;

namespace HmacFileServer.Http;

/// <summary>The files of unix sockets: one left by a killed process is in the way, and the mode says who may connect.</summary>
internal static class UnixSockets
{
    public static void RemoveStale(HostSettings server)
    {
        foreach (var path in Paths(server).Where(path => File.Exists(path) && IsDead(path)))
        {
            File.Delete(path);
        }
    }

    public static void ApplyMode(HostSettings server)
    {
        foreach (var path in Paths(server).Where(File.Exists))
        {
            File.SetUnixFileMode(path, server.UnixSocketMode);
        }
    }

    private static IEnumerable<string> Paths(HostSettings server) =>
        server.ListenAddress.Select(address => address.UnixPath).OfType<string>();

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
            return e.SocketErrorCode == SocketError.ConnectionRefused; // a socket nobody listens on; a plain file is not ours to delete
        }
    }
}
