using System.Net;
using System.Net.Sockets;
using HmacFileServer.Settings;
using HmacFileServer.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

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

    /// <summary>For Kestrel, which would leave the mode to the umask.</summary>
    public static Socket Bind(EndPoint endpoint, UnixFileMode mode) => endpoint is UnixDomainSocketEndPoint unix
        ? Bind(unix, mode)
        : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);

    /// <summary>
    /// The file has its mode from its first moment on: Linux gives it that of the socket, less the umask. Were it
    /// narrowed afterwards, others could connect in between, and stay.
    /// </summary>
    public static Socket Bind(UnixDomainSocketEndPoint endpoint, UnixFileMode mode)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Posix.SetMode(socket.SafeHandle, mode);
            socket.Bind(endpoint);
            File.SetUnixFileMode(endpoint.ToString(), mode); // what the umask has taken from it
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
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
