using System.Net;
using HmacFileServer.Limits;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Limits;

public sealed class ConnectionLimitTests
{
    private const string Direct = "trusted_proxies = []";

    [Fact]
    public async Task A_connection_too_many_from_one_address_is_closed_and_one_that_ends_makes_room()
    {
        await using var server = await StartAsync("connections_per_address = 2", Direct);
        await using var first = await AskAsync(server);
        await using var second = await AskAsync(server);

        await using (var third = await server.ConnectAsync())
        {
            (await third.ReadToEndAsync()).Should().Be(0);
        }

        server.Log.Of(620).Should().ContainSingle().Which.Should().Contain("connections_per_address")
            .And.Contain("127.0.0.1");
        await EndAsync(server, second, left: 1);
        await using var again = await AskAsync(server);
        await EndAsync(server, again, left: 1);
        await EndAsync(server, first, left: 0);
        server.Service<ConnectionLimits>().Clients.Should().Be(0, "nobody is kept who is not there");
    }

    [Fact]
    public async Task A_proxys_connections_are_not_one_clients()
    {
        await using var server = await StartAsync("connections_per_address = 1");

        await using var first = await AskAsync(server);
        await using var second = await AskAsync(server);

        server.Log.Of(620).Should().BeEmpty();
    }

    [Fact]
    public async Task Behind_a_tcp_proxy_the_client_counts_and_not_the_proxy()
    {
        await using var server = await StartAsync(
            "connections_per_address = 1",
            "listen_address = \"unix:{folder}/http.sock\"\nproxy_protocol_address = [\"127.0.0.1:0\"]");
        var address = new IPEndPoint(
            IPAddress.Loopback, new Uri(server.Urls.First(url => url.Contains("127.0.0.1"))).Port);

        await using var one = await ProxiedAsync(address, "192.0.2.1");
        await using var other = await ProxiedAsync(address, "192.0.2.2");
        (await one.ReadAsync()).Status.Should().Be(200);
        (await other.ReadAsync()).Status.Should().Be(200);
        await using var again = await ProxiedAsync(address, "192.0.2.1");

        (await again.ReadToEndAsync()).Should().Be(0);
    }

    [Fact]
    public async Task There_are_no_more_connections_than_allowed_whoever_has_them()
    {
        await using var server = await StartAsync("connections = 2");
        await using var first = await AskAsync(server);
        await using var second = await AskAsync(server);
        await using var third = await server.ConnectAsync();

        (await third.ReadToEndAsync()).Should().Be(0);
        server.Metrics.Sum("hfs.limits.reached", "limit=connections").Should().Be(1);
    }

    [Fact]
    public async Task More_connections_than_the_process_may_have_files_are_never_allowed()
    {
        await using var server = await StartAsync("connections = 0");

        server.Service<ConnectionLimits>().Most.Should().Be(server.Service<OpenFiles>().MostConnections)
            .And.BePositive();
    }

    [Fact]
    public async Task One_address_never_gets_all_the_connections_there_are()
    {
        await using var server = await TestServer.StartAsync(Direct, files: new OpenFiles(80, () => 24)); // 8
        var wires = new List<RawConnection>();
        for (var i = 0; i < 2; i++)
        {
            wires.Add(await AskAsync(server));
        }

        await using var third = await server.ConnectAsync();
        (await third.ReadToEndAsync()).Should().Be(0);
        await using var other = await RawConnection.OpenAsync(server.EndPoint, from: "127.0.0.7");
        await other.SendAsync("GET /health/live HTTP/1.1", "Host: h");

        (await other.ReadAsync()).Status.Should().Be(200);
        wires.ForEach(wire => wire.Reset());
    }

    private static Task<TestServer> StartAsync(string limits, string server = "") =>
        TestServer.StartAsync(server, more: "[limits]\n" + limits);

    /// <summary>A connection that has been accepted for certain, and stays.</summary>
    private static async Task<RawConnection> AskAsync(TestServer server)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync("GET /health/live HTTP/1.1", "Host: h");
        (await wire.ReadAsync()).Status.Should().Be(200);
        return wire;
    }

    private static async Task<RawConnection> ProxiedAsync(IPEndPoint address, string client)
    {
        var wire = await RawConnection.OpenAsync(address);
        await wire.SendWhilePossibleAsync(System.Text.Encoding.ASCII.GetBytes(
            $"PROXY TCP4 {client} 127.0.0.1 56324 443\r\nGET /health/live HTTP/1.1\r\nHost: h\r\n\r\n"));
        return wire;
    }

    private static async Task EndAsync(TestServer server, RawConnection wire, int left)
    {
        wire.EndSending();
        await wire.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        // the client hears of the end before the server is done with it
        while (server.Service<ConnectionLimits>().Count != left)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
