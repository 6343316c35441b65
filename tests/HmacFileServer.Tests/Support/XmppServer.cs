using System.Net;
using System.Net.Sockets;

namespace HmacFileServer.Tests.Support;

/// <summary>
/// The server's side of XEP-0114 spoken by hand: a component connects to it, and it says whatever a test wants.
/// </summary>
internal sealed class XmppServer : IAsyncDisposable
{
    public const string Secret = XmppPeer.Secret;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public XmppServer() => listener.Start();

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The tables for <see cref="TestServer"/>.</summary>
    public string Toml(string more = "") =>
        $"[xmpp]\ndomain = \"upload.example.org\"\nport = {Port}\nsecret = \"{Secret}\"\n{more}\n";

    /// <summary>A server with a public URL whose component has connected.</summary>
    public async Task<(TestServer Server, XmppPeer Peer)> StartAsync(
        string xmpp = "", string server = "", string more = "", TimeProvider? clock = null)
    {
        var started = await TestServer.StartAsync(
            "public_url = \"https://upload.example.org/\"\n" + server, more: more + "\n" + Toml(xmpp), clock: clock);
        return (started, await AcceptAsync());
    }

    public async Task<XmppPeer> AcceptAsync()
    {
        var peer = await AcceptSilentlyAsync();
        await peer.GreetAsync();
        return peer;
    }

    public async Task<XmppPeer> AcceptSilentlyAsync() =>
        new(await listener.AcceptSocketAsync().WaitAsync(XmppPeer.Patience));

    public ValueTask DisposeAsync()
    {
        listener.Dispose();
        return ValueTask.CompletedTask;
    }
}
