using System.Text;
using System.Xml.Linq;
using HmacFileServer.Tests.Support;
using static HmacFileServer.Tests.Xmpp.SlotQuestions;

namespace HmacFileServer.Tests.Xmpp;

/// <summary>
/// What any user of any server can send to the component. It costs the sender an error, or nothing; never the
/// connection, which is everybody's, and never the process.
/// </summary>
public sealed class StrangersStanzaTests
{
    private const string Eve = "from='eve@example.org/x' to='upload.example.org'";

    private const string Iq = $"<iq type='get' id='boom' {Eve}>";

    public static TheoryData<string> Oddities => new(OddStanzas.All.Keys);

    [Theory]
    [MemberData(nameof(Oddities))]
    public async Task Odd_stanzas_cost_nobody_the_connection_and_are_never_echoed(string oddity)
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            await peer.SendAsync(OddStanzas.All[oddity]);

            await ExpectAliveAsync(server, peer, oddity);
        }
    }

    [Fact]
    public async Task Bytes_that_are_not_utf_8_cost_nobody_the_connection()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            await peer.SendAsync([.. Encoding.UTF8.GetBytes($"<message {Eve}>"), 0xC3, 0x28, .. "</message>"u8]);

            await ExpectAliveAsync(server, peer, "no UTF-8");
        }
    }

    [Fact]
    public async Task A_request_that_cannot_be_read_is_told_so_if_its_own_tag_can()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            await peer.SendAsync($"{Iq}<q xmlns='x' xml:space='bogus'/></iq>");

            var answer = await peer.ReadAsync();
            answer.Should().BeEquivalentTo(XElement.Parse(
                """
                <iq xmlns="jabber:component:accept" type="error" from="upload.example.org" to="eve@example.org/x"
                id="boom"><error type="modify"><bad-request
                xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>
                """));
        }
    }

    /// <summary>Whatever the reader takes the writer can write, or it is refused.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Random_stanzas_cost_nobody_the_connection(int seed)
    {
        var stanzas = new RandomStanzas(seed);
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            for (var round = 0; round < 10; round++)
            {
                await peer.SendAsync(string.Concat(Enumerable.Range(0, 50).Select(_ => stanzas.Next())));

                await ExpectAliveAsync(server, peer, $"seed {seed}, round {round}");
            }
        }
    }

    private static async Task ExpectAliveAsync(TestServer server, XmppPeer peer, string oddity)
    {
        await peer.SendAsync(
            $"<iq type='get' id='last' from='alice@example.org/x' to='upload.example.org'>{Request}</iq>");
        while (true)
        {
            var answer = await peer.ReadAsync();
            if (answer.Attribute("id")?.Value == "last")
            {
                answer.Attribute("type")!.Value.Should().Be("result", oddity);
                break;
            }

            ExpectNothingEchoed(answer);
        }

        server.Log.Of(801).Should().BeEmpty(oddity);
        server.IsStopping.Should().BeFalse(oddity);
    }

    /// <summary>Only elements of ours, without an attribute in a namespace.</summary>
    private static void ExpectNothingEchoed(XElement answer)
    {
        answer.Descendants().Select(element => element.Name.NamespaceName).Should().BeSubsetOf(
            ["jabber:component:accept", "urn:ietf:params:xml:ns:xmpp-stanzas", Ns, Old]);
        answer.Descendants().Attributes().Where(attribute => !attribute.IsNamespaceDeclaration)
            .Select(attribute => attribute.Name.NamespaceName).Should().AllBe("");
    }
}
