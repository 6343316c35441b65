using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Xml.Linq;
using HmacFileServer.Doctor.Chat.Wire;

namespace HmacFileServer.Tests.Support;

/// <summary>
/// A chat server for one client: TLS from the first byte, PLAIN, and whatever the test answers to a question. Its
/// certificate is one that nobody trusts.
/// </summary>
/// <param name="answer">From a question to what stands in its answer; null for silence.</param>
internal sealed class ChatServer(Func<XElement, string?> answer) : IAsyncDisposable
{
    private const string Header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
            + "id='1' version='1.0'>";

    private readonly TlsPair pair = new();
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private Task serving = Task.CompletedTask;

    public ChatAccount Start()
    {
        listener.Start();
        serving = ServeAsync();
        return new ChatAccount("alice", "example.org")
        {
            Host = "127.0.0.1",
            Port = ((IPEndPoint)listener.LocalEndpoint).Port,
            Password = "sesame",
            IsDirectTls = true,
            IsPlaceGiven = true,
            TakesAnyCertificate = true,
        };
    }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        try
        {
            await serving;
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // Nobody came, or who came has gone.
        }

        listener.Dispose();
        pair.Dispose();
    }

    private async Task ServeAsync()
    {
        using var peer = await listener.AcceptTcpClientAsync();
        await using var wire = new SslStream(peer.GetStream());
        await wire.AuthenticateAsServerAsync(pair.Certificate);
        await UntilAsync(wire, ">", after: "<stream:stream");
        await SayAsync(wire, Header + Features(
            "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"));
        var login = await UntilAsync(wire, "</auth>");
        await SayAsync(wire, login.Contains(Convert.ToBase64String("\0alice\0sesame"u8), StringComparison.Ordinal)
            ? "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
            : "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>");
        await UntilAsync(wire, ">", after: "<stream:stream");
        await SayAsync(wire, Header + Features("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"));
        while (await UntilAsync(wire, "</iq>") is { Length: > 0 } question)
        {
            var iq = XElement.Parse(question);
            if ((iq.Attribute("to") is null ? "" : answer(iq)) is { } content)
            {
                await SayAsync(wire, $"<iq type='result' id='{iq.Attribute("id")!.Value}'>{content}</iq>");
            }
        }
    }

    private static string Features(string what) => $"<stream:features>{what}</stream:features>";

    private static async Task SayAsync(SslStream wire, string text) =>
        await wire.WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>What comes, until it ends so; empty when the client has gone.</summary>
    private static async Task<string> UntilAsync(SslStream wire, string end, string after = "")
    {
        var heard = new StringBuilder();
        var one = new byte[1];
        while (await wire.ReadAsync(one) > 0)
        {
            heard.Append((char)one[0]);
            var text = heard.ToString();
            if (text.EndsWith(end, StringComparison.Ordinal) && text.Contains(after, StringComparison.Ordinal))
            {
                return text;
            }
        }

        return "";
    }
}
