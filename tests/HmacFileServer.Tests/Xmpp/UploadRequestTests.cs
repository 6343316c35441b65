using System.Xml.Linq;
using HmacFileServer.Slots.Schemes;
using HmacFileServer.Tests.Support;
using static HmacFileServer.Tests.Xmpp.SlotQuestions;

namespace HmacFileServer.Tests.Xmpp;

/// <summary>XEP-0363 at the component: slots, and for how long.</summary>
public sealed class UploadRequestTests
{
    [Fact]
    public async Task A_slot_has_two_urls_and_one_header()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            var answer = await peer.AskAsync(Request);

            var text = answer.ToString(SaveOptions.DisableFormatting);
            text.Should().MatchRegex(
                """
                ^<iq type="result" from="upload\.example\.org" to="alice@example\.org/phone" id="7"
                 xmlns="jabber:component:accept"><slot xmlns="urn:xmpp:http:upload:0">
                <put url="https://upload\.example\.org/[\w-]{24}/tr%C3%A8s%20cool\.jpg">
                <header name="Authorization">Bearer [\w-]+\.[\w-]+\.[\w-]+</header></put>
                <get url="https://upload\.example\.org/[\w-]{24}/tr%C3%A8s%20cool\.jpg" /></slot></iq>$
                """.ReplaceLineEndings(""));
            var put = answer.Descendants(Upload + "put").Single();
            var target = new Uri(put.Attribute("url")!.Value).PathAndQuery;
            (await server.PutAsync(target, "hello"u8.ToArray(), "Authorization: " + put.Value))
                .Status.Should().Be(201);
            server.Log.Of(100).Single().Should().Contain("5 bytes for alice@example.org, signed jwt");
            server.Metrics.Sum("hfs.slots", "entrance=component").Should().Be(1);
        }
    }

    [Fact]
    public async Task The_old_protocol_gets_urls_that_need_no_header()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            var answer = await peer.AskAsync(
                $"<request xmlns='{Old}'><filename>a.txt</filename><size>5</size>"
                    + "<content-type>text/plain</content-type></request>");

            var slot = answer.Element(XName.Get("slot", Old))!;
            var put = new Uri(slot.Element(XName.Get("put", Old))!.Value).PathAndQuery;
            var get = new Uri(slot.Element(XName.Get("get", Old))!.Value).PathAndQuery;
            (await server.PutAsync(put, "hello"u8.ToArray())).Status.Should().Be(201);
            (await server.GetAsync(get)).Text.Should().Be("hello");
        }
    }

    [Theory]
    [InlineData("*", "romeo@elsewhere.example/garden")]
    [InlineData("elsewhere.example", "romeo@ELSEWHERE.example/garden")]
    public async Task A_domain_that_is_allowed_gets_slots(string allow, string from)
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync($"allow = [\"{allow}\"]");
        await using (server)
        await using (peer)
        {
            (await peer.AskAsync(Request, from: from)).Attribute("type")!.Value.Should().Be("result");
        }
    }

    [Theory]
    [InlineData("", 1_700_086_400L)]
    [InlineData("<message xmlns='urn:xmpp:http:upload:purpose:0'/>", 1_700_086_400L)]
    [InlineData("<story xmlns='urn:xmpp:http:upload:purpose:0'/>", 1_700_086_400L)]
    [InlineData("<profile xmlns='urn:xmpp:http:upload:purpose:0'/>", null)]
    [InlineData("<permanent xmlns='urn:xmpp:http:upload:purpose:0'/>", 1_731_536_000L)]
    [InlineData("<ephemeral xmlns='urn:xmpp:http:upload:purpose:0' expire-before='2023-11-14T22:14:20Z'/>",
        1_700_000_060L)]
    [InlineData("<ephemeral xmlns='urn:xmpp:http:upload:purpose:0' expire-before='2023-11-15T00:14:20.5+02:00'/>",
        1_700_000_060L)]
    [InlineData("<ephemeral xmlns='urn:xmpp:http:upload:purpose:0' expire-before='2030-01-01T00:00:00Z'/>",
        1_700_007_200L)]
    public async Task Each_purpose_keeps_its_files_as_long_as_it_says(string purpose, long? expires)
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync(
            "message_age = \"1d\"\nephemeral_age = \"2h\"\npermanent_age = \"365d\"", clock: new ManualClock());
        await using (server)
        await using (peer)
        {
            var answer = await peer.AskAsync($"<request xmlns='{Ns}' filename='a' size='5'>{purpose}</request>");

            var token = answer.Descendants(Upload + "header").Single().Value;
            JwtClaims.Read(token.Split('.')[1])!.FileExpires.Should().Be(expires);
        }
    }
}
