using System.Net;
using System.Net.Sockets;

namespace HmacFileServer.Interop.Support;

/// <summary>Loopback ports that nobody uses, each given out once.</summary>
internal static class FreePort
{
    // Below the kernel's ephemeral range (32768 and up): no outgoing connection takes one before its server does.
    private const int First = 20_000;
    private const int Last = 32_000;

    private static int s_next = Random.Shared.Next(First, Last);

    public static int Take()
    {
        while (true)
        {
            var port = First + Interlocked.Increment(ref s_next) % (Last - First);
            if (IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port)))
            {
                return port;
            }
        }
    }

    private static bool IsFree(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException none) when (none.SocketErrorCode is SocketError.AddressNotAvailable)
        {
            return true; // a machine without ::1
        }
    }
}
