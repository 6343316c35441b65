using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace HmacFileServer.Systemd;

/// <summary>
/// sd_notify(3) by hand: lines of NAME=value, one datagram, to the unix socket in NOTIFY_SOCKET. Without the
/// variable, silence.
/// </summary>
internal sealed class Notifier(string? socketPath)
{
    public const string Variable = "NOTIFY_SOCKET";

    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>The clock tells systemd which READY=1 answers it (systemd.service(5), Type=notify-reload).</summary>
    public void Reloading() => Send(string.Create(
        CultureInfo.InvariantCulture,
        $"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMicrosecond}"));

    public void Stopping(string status) => Send($"STOPPING=1\nSTATUS={status}");

    public void Alive() => Send("WATCHDOG=1");

    private void Send(string message)
    {
        if (string.IsNullOrEmpty(socketPath))
        {
            return;
        }

        // "@" stands for the zero byte that begins a name in the abstract namespace, unix(7).
        var path = socketPath[0] == '@' ? '\0' + socketPath[1..] : socketPath;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.UTF8.GetBytes(message), new UnixDomainSocketEndPoint(path));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // Nobody listens any more, there is no descriptor left for a socket, or no socket can have that name.
            // systemd draws its own conclusions; a server that serves goes on.
        }
    }
}
