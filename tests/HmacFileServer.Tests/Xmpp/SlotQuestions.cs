using System.Xml.Linq;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Xmpp;

/// <summary>Requests for slots, and what is expected of the answers.</summary>
internal static class SlotQuestions
{
    public const string Ns = "urn:xmpp:http:upload:0";
    public const string Old = "urn:xmpp:http:upload";
    public const string Request =
        $"<request xmlns='{Ns}' filename='très cool.jpg' size='5' content-type='image/jpeg'/>";

    public static readonly XNamespace Upload = Ns;

    public static async Task UploadAsync(TestServer server, XmppPeer peer)
    {
        var put = (await peer.AskAsync(Request)).Descendants(Upload + "put").Single();
        var answer = await server.PutAsync(
            new Uri(put.Attribute("url")!.Value).PathAndQuery, "hello"u8.ToArray(), "Authorization: " + put.Value);
        answer.Status.Should().Be(201);
    }

    public static async Task<XElement> AskAsync(string request)
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            return (await peer.AskAsync(request)).Elements().Last();
        }
    }

    /// <summary>The whole answer, with the request in it.</summary>
    public static async Task ExpectAsync(
        string request, string error, string server = "", string from = "alice@example.org/phone",
        bool mayIgnore = false)
    {
        await using var xmpp = new XmppServer();
        var (started, peer) = await xmpp.StartAsync(server: server);
        await using (started)
        await using (peer)
        {
            if (mayIgnore)
            {
                // No address at all: an answer would have nowhere to go.
                await peer.SendAsync($"<iq type='get' id='1' from='{from}' to='upload.example.org'>{request}</iq>");
                (await peer.AskAsync("<ping xmlns='urn:xmpp:ping'/>")).Attribute("id")!.Value.Should().Be("7");
                return;
            }

            (await peer.AskAsync(request, from: from)).Should().BeEquivalentTo(XElement.Parse(
                "<iq xmlns='jabber:component:accept' type='error' from='upload.example.org' "
                + $"to='{from}' id='7'>{request}{error.ReplaceLineEndings(" ")}</iq>"));
        }
    }
}
