using System.Net.Sockets;
using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Systemd;

/// <summary>The other end of sd_notify, where systemd sits.</summary>
internal sealed class NotifySocket : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public NotifySocket(TempFolder folder)
    {
        Path = folder.File("notify");
        socket.Bind(new UnixDomainSocketEndPoint(Path));
    }

    public string Path { get; }

    /// <summary>Waits for a message that has this line, and passes over the others.</summary>
    public async Task<string> ExpectAsync(string line)
    {
        var buffer = new byte[4096];
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var count = await socket.ReceiveAsync(buffer, patience.Token);
            var message = Encoding.UTF8.GetString(buffer, 0, count);
            if (message.Split('\n').Contains(line, StringComparer.Ordinal))
            {
                return message;
            }
        }
    }

    public void Dispose() => socket.Dispose();
}
