using System.Xml.Linq;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Xmpp;

/// <summary>What anybody may ask the component.</summary>
public sealed class ServiceInfoTests
{
    private const string Info = "http://jabber.org/protocol/disco#info";

    [Fact]
    public async Task Clients_find_the_service_and_its_limit()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync("name = \"Files of Example\"", "max_upload_size = 20000");
        await using (server)
        await using (peer)
        {
            var answer = await peer.AskAsync($"<query xmlns='{Info}'/>", from: "romeo@elsewhere.example/garden");

            answer.Should().BeEquivalentTo(XElement.Parse(
                $"""
                <iq xmlns="jabber:component:accept" type="result" from="upload.example.org"
                to="romeo@elsewhere.example/garden" id="7"><query
                xmlns="{Info}"><identity category="store" type="file" name="Files of Example"/><feature
                var="http://jabber.org/protocol/disco#info"/><feature
                var="http://jabber.org/protocol/disco#items"/><feature
                var="urn:xmpp:ping"/><feature var="jabber:iq:version"/><feature var="vcard-temp"/><feature
                var="urn:xmpp:http:upload:0"/><feature var="urn:xmpp:http:upload"/><feature
                var="urn:xmpp:http:upload:purpose:0#message"/><feature
                var="urn:xmpp:http:upload:purpose:0#profile"/><feature
                var="urn:xmpp:http:upload:purpose:0#ephemeral"/><feature
                var="urn:xmpp:http:upload:purpose:0#permanent"/><x xmlns="jabber:x:data" type="result"><field
                var="FORM_TYPE" type="hidden"><value>urn:xmpp:http:upload:0</value></field><field
                var="max-file-size"><value>20000</value></field></x><x xmlns="jabber:x:data" type="result"><field
                var="FORM_TYPE" type="hidden"><value>urn:xmpp:http:upload</value></field><field
                var="max-file-size"><value>20000</value></field></x></query></iq>
                """));
        }
    }

    [Theory]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#items'/>", "query")]
    [InlineData("<query xmlns='jabber:iq:version'/>", "query")]
    [InlineData("<vCard xmlns='vcard-temp'/>", "vCard")]
    [InlineData("<ping xmlns='urn:xmpp:ping'/>", null)]
    public async Task The_small_questions_are_answered(string question, string? answered)
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            var answer = await peer.AskAsync(question);

            answer.Attribute("type")!.Value.Should().Be("result");
            answer.Elements().SingleOrDefault()?.Name.LocalName.Should().Be(answered);
        }
    }

    [Theory]
    [InlineData("get", "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>", "cancel", "item-not-found")]
    [InlineData("get", "<query xmlns='jabber:iq:roster'/>", "cancel", "service-unavailable")]
    [InlineData("set", "<ping xmlns='urn:xmpp:ping'/>", "cancel", "service-unavailable")]
    [InlineData("set", "<request xmlns='urn:xmpp:http:upload:0' filename='a' size='1'/>", "modify", "bad-request")]
    [InlineData("get", "", "modify", "bad-request")]
    [InlineData("get", "<ping xmlns='urn:xmpp:ping'/><ping xmlns='urn:xmpp:ping'/>", "modify", "bad-request")]
    public async Task What_is_not_understood_is_refused_and_not_left_unanswered(
        string type, string question, string errorType, string condition)
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            var error = (await peer.AskAsync(question, type)).Elements().Last();

            error.Attribute("type")!.Value.Should().Be(errorType);
            error.Elements().Single().Name.LocalName.Should().Be(condition);
        }
    }

    [Fact]
    public async Task Nothing_but_requests_is_answered()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            await peer.SendAsync("<message from='a@example.org' to='upload.example.org'><body>hello</body></message>");
            await peer.SendAsync("<presence from='a@example.org' to='upload.example.org'/>  \n");
            await peer.SendAsync("<iq type='result' id='1' from='a@example.org' to='upload.example.org'/>");
            await peer.SendAsync("<iq type='error' id='2' from='a@example.org' to='upload.example.org'><error/></iq>");
            await peer.SendAsync("<iq type='get' id='3' to='upload.example.org'><ping xmlns='urn:xmpp:ping'/></iq>");

            (await peer.AskAsync("<ping xmlns='urn:xmpp:ping'/>")).Attribute("id")!.Value.Should().Be("7");
        }
    }
}
