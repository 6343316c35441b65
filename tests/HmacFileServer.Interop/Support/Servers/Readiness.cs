using System.Net;
using System.Net.Sockets;

namespace HmacFileServer.Interop.Support.Servers;

/// <summary>Waits until a server takes connections; fails with its log when it ends or takes too long.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Task PortAsync(ChildProcess process, int port) =>
        UntilAsync(process, async cancel =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
            return true;
        });

    public static async Task UntilAsync(ChildProcess process, Func<CancellationToken, Task<bool>> isReady)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            try
            {
                if (await isReady(patience.Token))
                {
                    return;
                }
            }
            catch (Exception e) when (e is SocketException or HttpRequestException)
            {
                // Not listening yet.
            }
            catch (OperationCanceledException)
            {
                // Out of patience, said below.
            }

            if (process.HasExited)
            {
                throw new InvalidOperationException($"Ended while it started: {process.ReadLog()}");
            }

            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
            if (patience.IsCancellationRequested)
            {
                throw new TimeoutException($"Not ready after {Patience}: {process.ReadLog()}");
            }
        }
    }
}
