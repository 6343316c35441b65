using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Xmpp;

/// <summary>
/// A peer that is no XMPP server, or a bad one: dropped with a line in the log, whatever it sends, and without
/// filling our memory.
/// </summary>
public sealed class HostilePeerTests
{
    private const int OneMegabyte = 1 << 20;
    private const int MostSkipped = 64 << 20;

    // What the sockets between us may hold besides.
    private const int InFlight = 16 << 20;

    [Theory]
    [InlineData("<message from='a@example.org' to='upload.example.org'><body>", "never-ending text ",
        "a stanza of more than")]
    [InlineData("<message><x ", "a='1' ", "a stanza of more than")]
    [InlineData("<message a='", "never-ending attribute ", "a stanza of more than")]
    [InlineData("<message>", "<deeper>", "a stanza of more than")]
    [InlineData("<message>", "<wider/>", "a stanza of more than")]
    [InlineData("<message>", "<![CDATA[ ]]>", "a stanza of more than")]
    [InlineData("<message>", "</x", "a stanza of more than")]
    [InlineData("<", "x", "a stanza of more than")]
    public async Task What_never_ends_is_dropped_and_fills_no_memory(string start, string again, string reason)
    {
        var chunk = string.Concat(Enumerable.Repeat(again, (64 << 10) / again.Length));
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var (sent, line) = await AttackAsync(peer => SendForEverAsync(peer, start, chunk));

        sent.Should().BeInRange(MostSkipped - OneMegabyte, MostSkipped + InFlight);
        line.Should().Contain(reason);
        SpinWait.SpinUntil(
            () => GC.GetTotalMemory(forceFullCollection: true) - before < 8 * OneMegabyte, TimeSpan.FromSeconds(20))
            .Should().BeTrue("other tests hold memory too, but not for long");
    }

    [Theory]
    [InlineData("garbage", "text where a stanza should be")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "text where a stanza should be")]
    [InlineData("<iq </iq>", "a tag within a tag")]
    [InlineData("<iq><</iq>", "a tag without a name")]
    [InlineData("<iq><![CDATX[", "restricted XML")]
    [InlineData("<!-- a comment -->", "restricted XML")]
    [InlineData("<?php system('id'); ?>", "restricted XML")]
    [InlineData("<!DOCTYPE a [<!ENTITY b 'c'>]>", "restricted XML")]
    [InlineData("<iq><!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;&lol;'>]>&lol2;</iq>",
        "restricted XML")]
    [InlineData("<!ENTITY % a SYSTEM 'file:///etc/passwd'>", "restricted XML")]
    public async Task What_no_server_says_is_dropped(string text, string reason)
    {
        var (_, line) = await AttackAsync(async peer =>
        {
            await peer.SendAsync(text);
            await peer.ExpectClosedAsync();
            return 0;
        });

        line.Should().Contain(reason);
    }

    [Theory]
    [InlineData("<!DOCTYPE a [<!ENTITY b 'c'>]><stream:stream id='&b;'>", "restricted XML")]
    [InlineData("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>", "ended in its header")]
    [InlineData("<stream:stream id='1'>", "not well-formed")]
    [InlineData("<html lang='en'>", "not an XMPP stream")]
    [InlineData("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>", "no id")]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n", "text where a stanza should be")]
    public async Task A_greeting_that_is_none_is_dropped(string greeting, string reason)
    {
        await using var xmpp = new XmppServer();
        await using var server = await TestServer.StartAsync(
            "public_url = \"https://upload.example.org/\"", more: xmpp.Toml());
        await using var peer = await xmpp.AcceptSilentlyAsync();

        await peer.SendAsync(greeting);

        await peer.ExpectClosedAsync();
        (await server.Log.EventAsync(801)).Text.Should().Contain(reason);
    }

    /// <remarks>
    /// These a user can send through a server that means well, and often. If they cost the connection, anybody could
    /// keep everybody from uploading.
    /// </remarks>
    [Theory]
    [InlineData("deep")]
    [InlineData("wide")]
    [InlineData("large")]
    public async Task What_a_user_can_make_a_good_server_send_costs_the_user_an_answer_and_nobody_the_connection(
        string shape)
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            var content = shape switch
            {
                "deep" => string.Concat(Enumerable.Repeat("<x>", 50_000))
                    + string.Concat(Enumerable.Repeat("</x>", 50_000)),
                "wide" => string.Concat(Enumerable.Repeat("<x/>", 50_000)),
                _ => new string('x', 500_000),
            };
            for (var time = 0; time < 3; time++)
            {
                await peer.SendAsync(
                    $"<iq type='get' id='1' from='eve@example.org' to='upload.example.org'><q>{content}</q></iq>");
            }

            (await peer.AskAsync("<ping xmlns='urn:xmpp:ping'/>")).Attribute("id")!.Value.Should().Be("7");
            server.Metrics.Sum("hfs.xmpp.stanzas.skipped", "reason=size").Should().Be(3);
            server.Log.Of(802).Should().ContainSingle("it is told once a minute");
            server.Log.Of(801).Should().BeEmpty();
        }
    }

    [Fact]
    public async Task A_peer_that_takes_no_answer_is_dropped()
    {
        var clock = new ManualClock();
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync(clock: clock);
        await using (server)
        await using (peer)
        {
            var request = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(
                "<iq type='get' id='1' from='eve@example.org' to='upload.example.org'>"
                    + "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
                500)));

            // Nobody reads the answers, so in the end nobody reads the requests, either.
            var lost = server.Log.EventAsync(801);
            var sending = Task.CompletedTask;
            while (!lost.IsCompleted)
            {
                sending = sending.IsCompleted ? peer.SendAsync(request) : sending;
                await Task.WhenAny(sending, lost, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System));
                if (!sending.IsCompleted)
                {
                    clock.Advance(TimeSpan.FromSeconds(20));
                }
            }

            (await lost).Text.Should().Contain("nothing of what we say was taken for 20 s");
            await Task.WhenAny(sending);
        }
    }

    private static async Task<long> SendForEverAsync(XmppPeer peer, string start, string chunk)
    {
        await peer.SendAsync(start);
        return await peer.SendForEverAsync(chunk);
    }

    private static async Task<(long Sent, string Line)> AttackAsync(Func<XmppPeer, Task<long>> attack)
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            var sent = await attack(peer);
            return (sent, (await server.Log.EventAsync(801)).Text);
        }
    }
}
