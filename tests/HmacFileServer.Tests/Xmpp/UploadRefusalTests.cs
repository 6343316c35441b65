using System.Xml.Linq;
using HmacFileServer.Tests.Support;
using static HmacFileServer.Tests.Xmpp.SlotQuestions;

namespace HmacFileServer.Tests.Xmpp;

/// <summary>Each refusal of a slot as XEP-0363 shows it.</summary>
public sealed class UploadRefusalTests
{
    [Theory]
    [InlineData(Ns, $"<request xmlns='{Ns}' filename='a.jpg' size='23456'/>")]
    [InlineData(Ns, $"<request xmlns='{Ns}' filename='a.jpg' size='99999999999999999999999'/>")]
    [InlineData(Old, $"<request xmlns='{Old}'><filename>a.jpg</filename><size>23456</size></request>")]
    public Task A_file_too_large_is_told_the_limit(string xmlns, string request) => ExpectAsync(
        request,
        $"""
        <error type="modify"><not-acceptable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text
        xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">The file is too large: at most 20000B.</text><file-too-large
        xmlns="{xmlns}"><max-file-size>20000</max-file-size></file-too-large></error>
        """,
        server: "max_upload_size = 20000");

    [Theory]
    [InlineData("romeo@elsewhere.example/garden")]
    [InlineData("romeo@sub.example.org/garden")]
    [InlineData("org")]
    [InlineData("romeo@badexample.org")]
    [InlineData("alice@example.org@elsewhere.example")]
    public Task A_foreign_domain_gets_nothing(string from) => ExpectAsync(
        Request,
        """
        <error type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text
        xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">You are not allowed to upload files here.</text></error>
        """,
        from: from,
        mayIgnore: from.Count(c => c == '@') > 1);

    [Theory]
    [InlineData("filename='' size='5'")]
    [InlineData("filename='..' size='5'")]
    [InlineData("filename='a/b' size='5'")]
    [InlineData("filename='a&#10;b' size='5'")]
    [InlineData("size='5'")]
    [InlineData("filename='a'")]
    [InlineData("filename='a' size='0'")]
    [InlineData("filename='a' size='-5'")]
    [InlineData("filename='a' size='5.0'")]
    [InlineData("filename='a' size='1e3'")]
    [InlineData("filename='a' size=' 5'")]
    public async Task Names_and_sizes_no_file_can_have_are_a_bad_request(string attributes)
    {
        var error = await AskAsync($"<request xmlns='{Ns}' {attributes}/>");

        error.Attribute("type")!.Value.Should().Be("modify");
        error.Elements().First().Name.LocalName.Should().Be("bad-request");
    }

    [Theory]
    [InlineData("<ephemeral xmlns='urn:xmpp:http:upload:purpose:0'/>")]
    [InlineData("<ephemeral xmlns='urn:xmpp:http:upload:purpose:0' expire-before='tomorrow'/>")]
    [InlineData("<message xmlns='urn:xmpp:http:upload:purpose:0' expire-before='2001-01-01T00:00:00Z'/>")]
    [InlineData("<message xmlns='urn:xmpp:http:upload:purpose:0'/><profile xmlns='urn:xmpp:http:upload:purpose:0'/>")]
    public async Task A_purpose_that_makes_no_sense_is_a_bad_request(string purpose)
    {
        var error = await AskAsync($"<request xmlns='{Ns}' filename='a' size='5'>{purpose}</request>");

        error.Elements().First().Name.LocalName.Should().Be("bad-request");
    }

    [Fact]
    public async Task A_used_up_day_is_told_when_it_frees_room()
    {
        var clock = new ManualClock(DateTimeOffset.Parse("2026-05-04T10:02:30Z", null));
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync(more: "[quotas]\nper_owner_daily = 12", clock: clock);
        await using (server)
        await using (peer)
        {
            await UploadAsync(server, peer);
            clock.Advance(TimeSpan.FromHours(3));
            await UploadAsync(server, peer);

            var error = (await peer.AskAsync(Request)).Elements().Last();

            // The ledger counts in slices of five minutes: the one of 10:02 ends to count when that of
            // 10:05 is a day old.
            error.Should().BeEquivalentTo(XElement.Parse(
                """
                <error xmlns="jabber:component:accept" type="wait"><resource-constraint
                xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text
                xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">You may upload 12B a day.</text><retry
                xmlns="urn:xmpp:http:upload:0" stamp="2026-05-05T10:05:00Z"/></error>
                """));
            (await peer.AskAsync(Request, from: "bob@example.org/x")).Attribute("type")!.Value.Should().Be("result");

            clock.Advance(DateTimeOffset.Parse("2026-05-05T10:04:59Z", null) - clock.GetUtcNow());
            (await peer.AskAsync(Request)).Attribute("type")!.Value.Should().Be("error");
            clock.Advance(TimeSpan.FromSeconds(1));
            await UploadAsync(server, peer);
        }
    }

    [Theory]
    [InlineData("per_owner = 9", "wait", "resource-constraint", null)]
    [InlineData("per_owner = 9\nwhen_full = \"replace-oldest\"", null, null, null)]
    [InlineData("total = 9", "wait", "resource-constraint", null)]
    [InlineData("per_owner = 4", "modify", "not-acceptable", "4")]
    [InlineData("per_owner_daily = 4", "modify", "not-acceptable", "4")]
    [InlineData("total = 4", "modify", "not-acceptable", "4")]
    public async Task A_full_quota_is_told_before_the_upload(
        string quota, string? type, string? condition, string? most)
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync(more: "[quotas]\n" + quota);
        await using (server)
        await using (peer)
        {
            if (most is null)
            {
                await UploadAsync(server, peer);
            }

            var error = (await peer.AskAsync(Request)).Elements().Last();

            error.Attribute("type")?.Value.Should().Be(type);
            (type is null ? null : error.Elements().First().Name.LocalName).Should().Be(condition);
            error.Descendants(Upload + "max-file-size").SingleOrDefault()?.Value.Should().Be(most);
            error.Descendants(Upload + "retry").Should().BeEmpty();
        }
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_ask_again()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync("slots_per_minute = 1", clock: new ManualClock()); // 22:13:20
        await using (server)
        await using (peer)
        {
            await peer.AskAsync(Request);
            var error = (await peer.AskAsync(Request, from: "alice@example.org/tablet")).Elements().Last();

            error.Elements().First().Name.LocalName.Should().Be("resource-constraint");
            error.Element(Upload + "retry")!.Attribute("stamp")!.Value.Should().Be("2023-11-14T22:14:00Z");
            server.Metrics.Sum("hfs.slots.denied", "code=too-many").Should().Be(1);
        }
    }
}
