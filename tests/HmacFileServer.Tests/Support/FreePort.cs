using System.Net;
using System.Net.Sockets;

namespace HmacFileServer.Tests.Support;

/// <summary>A port of 127.0.0.1 that nobody listens on at this moment.</summary>
internal static class FreePort
{
    public static int Take()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
