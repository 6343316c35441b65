using System.Net;
using System.Net.Sockets;
using HmacFileServer.Tests.Support;
using HmacFileServer.Tests.Xmpp;

namespace HmacFileServer.Interop.Attacks;

/// <summary>
/// Stanzas that any user can send. After each a slot is still given, by the same process over the same connection.
/// </summary>
[Collection(SharedComponentDeployment.Name)]
public sealed class StanzaAttackTests(ComponentDeployment deployment)
{
    private const string Connected = "Connected as the component";
    private const string SlotRequest = "<request xmlns='urn:xmpp:http:upload:0' filename='a.jpg' size='5'/>";

    // Those a chat server takes from a client, or may take; others cost the attacker a stream before we hear of them.
    private static readonly string[] PassedOn =
    [
        "a prefix named xmlns on an attribute",
        "an attribute that rebinds on writing",
        "an attribute of the xml namespace",
        "xml bound to its own name",
        "xml:space that is none",
        "xml:space that is none on the stanza itself",
        "xml:space that is none in a request",
        "xml:lang that is none",
        "a name of another alphabet",
        "an id of odd characters",
        "a request of two elements",
        "a slot of a namespace's own attributes",
        "a hundred levels", // five thousand are the end of ejabberd 23.01
        "a name of 60,000 characters",
        "a namespace of 60,000 characters",
        "a comment",
    ];

    [Fact]
    public async Task Against_a_bare_component_stream()
    {
        using var folder = new TempFolder();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var product = await ProductServer.StartAsync(
            folder, "bare-component", server: "public_url = \"https://upload.example.org/upload/\"",
            more: $"[xmpp]\ndomain = \"upload.example.org\"\nport = {port}\nsecret = \"{XmppPeer.Secret}\"");
        await using var peer = new XmppPeer(await listener.AcceptSocketAsync());
        await peer.GreetAsync();

        foreach (var (oddity, stanza) in OddStanzas.All)
        {
            await peer.SendAsync(stanza);

            (await peer.AskAsync(SlotRequest)).Attribute("type")!.Value.Should().Be("result", oddity);
        }

        product.HasExited.Should().BeFalse();
        Connections(await product.LogWithAsync(Connected)).Should().Be(1);
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.Ejabberd, Installed.Slixmpp)]
    [InlineData("prosody")]
    [InlineData("ejabberd")]
    public async Task From_a_user_through_a_real_server(string host)
    {
        var site = deployment.Site(host);
        var (process, connections) = (site.Product.ProcessId, Connections(site.Product.ReadLog()));
        var passedOn = 0;

        foreach (var oddity in PassedOn)
        {
            var stanza = OddStanzas.All[oddity].Replace(
                OddStanzas.Eve, $"to='{site.Service}'", StringComparison.Ordinal);
            var fate = await deployment.Client.SendRawAsync(site.Stranger, site.ChatPort, site.Service, stanza);
            passedOn += fate == "passed on" ? 1 : 0;

            var answer = await deployment.Client.AskAsync(site.Alice, site.Service, SlotRequest);
            answer.Attribute("type")!.Value.Should().Be("result", oddity);
            site.Product.HasExited.Should().BeFalse(oddity);
            Connections(site.Product.ReadLog()).Should().Be(connections, oddity);
        }

        site.Product.ProcessId.Should().Be(process);
        passedOn.Should().BeGreaterThan(PassedOn.Length / 2, "they are to reach the component");
    }

    private static int Connections(string log) => log.Split(Connected).Length - 1;
}
