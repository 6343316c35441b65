using System.Net.Sockets;

namespace HmacFileServer.Tests.Support;

/// <summary>A client of a server that listens on a unix socket: no port that another test could take.</summary>
internal static class UnixHttp
{
    public static HttpClient Client(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    /// <summary>The target as it is written, nothing folded or decoded.</summary>
    public static Uri Raw(string target) =>
        new("http://store" + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
