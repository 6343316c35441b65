using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Xmpp;

/// <summary>The connection to the XMPP server: how it is kept, and how it comes back.</summary>
public sealed class ConnectionTests
{
    private const string Ping =
        "<iq type='get' id='7' from='alice@example.org/a' to='upload.example.org'><ping xmlns='urn:xmpp:ping'/></iq>";

    [Fact]
    public async Task A_request_is_answered_when_its_last_byte_is_there_and_no_other_follows()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            foreach (var one in Encoding.UTF8.GetBytes(Ping))
            {
                await peer.SendAsync([one]);
            }

            (await peer.ReadAsync()).Attribute("id")!.Value.Should().Be("7");
        }
    }

    [Fact]
    public async Task Many_requests_in_one_packet_are_all_answered_in_their_order()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            await peer.SendAsync(string.Concat(Enumerable.Range(0, 200).Select(
                id => Ping.Replace("'7'", $"'{id}'", StringComparison.Ordinal))));

            for (var id = 0; id < 200; id++)
            {
                (await peer.ReadAsync()).Attribute("id")!.Value.Should().Be($"{id}");
            }
        }
    }

    [Fact]
    public async Task Odd_but_right_xml_is_understood()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            await peer.SendAsync(
                "\n <c:iq xmlns:c='jabber:component:accept' type = \"get\" id=']]&gt;'\r\n"
                + "\tfrom='a@example.org/&gt;>' to='upload.example.org' ><x:ping xmlns:x='urn:xmpp:ping'><![CDATA[ "
                + "</iq> ]]]></x:ping ></c:iq\n>");

            var answer = await peer.ReadAsync();
            answer.Attribute("id")!.Value.Should().Be("]]>");
            answer.Attribute("to")!.Value.Should().Be("a@example.org/>>");
            answer.Attribute("type")!.Value.Should().Be("result");
        }
    }

    [Fact]
    public async Task A_connection_that_ends_is_made_again()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        {
            await peer.SendAsync("</stream:stream>");
            (await server.Log.EventAsync(801))
                .Text.Should().Contain("the server has ended the stream. Trying again in 0.");
            await peer.DisposeAsync();

            await using var again = await xmpp.AcceptAsync();
            (await again.AskAsync("<ping xmlns='urn:xmpp:ping'/>")).Attribute("type")!.Value.Should().Be("result");
        }
    }

    [Fact]
    public async Task A_connection_that_had_worked_comes_back_at_once_however_often_it_ends()
    {
        var clock = new ManualClock();
        await using var xmpp = new XmppServer();
        await using var server = await TestServer.StartAsync(
            "public_url = \"https://upload.example.org/\"", more: xmpp.Toml(), clock: clock);

        for (var time = 1; time <= 6; time++)
        {
            await using var peer = await xmpp.AcceptAsync();
            await peer.AskAsync("<ping xmlns='urn:xmpp:ping'/>");
            await peer.SendAsync("</stream:stream>");

            var lost = await server.Log.EventAsync(801, time);
            double.Parse(lost.Text.Split(' ')[^2], null).Should().BeLessThan(0.7);
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Who_has_been_replaced_comes_back_slowly()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            await peer.SendAsync(
                "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text "
                + "xmlns='urn:ietf:params:xml:ns:xmpp-streams'>New connection</text></stream:error></stream:stream>");

            var lost = await server.Log.EventAsync(801);
            lost.Text.Should().Contain("conflict, New connection. Trying again in ");
            double.Parse(lost.Text.Split(' ')[^2], null).Should().BeGreaterThan(40);
        }
    }

    [Fact]
    public async Task Refused_again_and_again_it_asks_more_and_more_rarely_and_never_stops()
    {
        var clock = new ManualClock();
        await using var xmpp = new XmppServer();
        await using var server = await TestServer.StartAsync(
            "public_url = \"https://upload.example.org/\"", more: xmpp.Toml(), clock: clock);
        var waits = new List<double>();

        for (var attempt = 1; attempt <= 9; attempt++)
        {
            await using var peer = await xmpp.AcceptSilentlyAsync();
            await peer.SendAsync(
                "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1'>"
                + "<stream:error><not-authorized "
                + "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
            var lost = await server.Log.EventAsync(801, attempt);
            lost.Text.Should().Contain("not-authorized");
            waits.Add(double.Parse(lost.Text.Split(' ')[^2], null));
            clock.Advance(TimeSpan.FromSeconds(19));
        }

        waits[0].Should().BeInRange(0.3, 0.7);
        waits[^1].Should().BeInRange(11.2, 18.8);
        waits.Max().Should().BeLessThan(18.8);
    }

    [Fact]
    public async Task A_silent_server_is_asked_and_then_given_up()
    {
        var clock = new ManualClock();
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync(clock: clock);
        await using (server)
        await using (peer)
        {
            await peer.AskAsync("<ping xmlns='urn:xmpp:ping'/>"); // the greeting is over
            await clock.ArmedAsync(TimeSpan.FromSeconds(60));
            clock.Advance(TimeSpan.FromSeconds(60));
            var ping = await peer.ReadAsync();
            ping.Attribute("to")!.Value.Should().Be("upload.example.org");
            await peer.SendAsync(ping.ToString());
            (await peer.ReadAsync()).Attribute("type")!.Value.Should().Be("result", "it answers itself, as anybody");

            await clock.ArmedAsync(TimeSpan.FromSeconds(60));
            clock.Advance(TimeSpan.FromSeconds(60));
            await peer.ReadAsync();
            for (var closed = peer.ExpectClosedAsync(); !closed.IsCompletedSuccessfully;)
            {
                // What was sent may have arrived before its sender stops waiting for that, for as long.
                await await Task.WhenAny(closed, clock.ArmedAsync(TimeSpan.FromSeconds(20)));
                clock.Advance(TimeSpan.FromSeconds(20));
            }

            (await server.Log.EventAsync(801)).Text.Should().Contain("not even our own ping");
        }
    }

    [Fact]
    public async Task Nothing_connects_anywhere_without_a_domain()
    {
        await using var xmpp = new XmppServer();
        await using var server = await TestServer.StartAsync(more: $"[xmpp]\nport = {xmpp.Port}");

        server.Log.Of(801).Should().BeEmpty();
        server.HostedServices.Should().NotContain(typeof(HmacFileServer.Xmpp.XmppComponent));
    }

    [Fact]
    public async Task The_server_says_goodbye_when_it_stops()
    {
        await using var xmpp = new XmppServer();
        var (server, peer) = await xmpp.StartAsync();
        await using (server)
        await using (peer)
        {
            await server.StopAsync();

            await peer.ExpectGoodbyeAsync();
        }
    }
}
