using System.Net;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http.Proxies;

public sealed class ProxyProtocolTests
{
    private const string Line = "PROXY TCP4 192.0.2.7 127.0.0.1 56324 443\r\n";

    // The only address is one for proxies: the test server finds its port by itself.
    private const string Proxied =
        "listen_address = \"unix:{folder}/http.sock\"\nproxy_protocol_address = [\"127.0.0.1:0\"]";

    [Fact]
    public async Task An_upload_through_a_TCP_proxy_is_logged_with_the_address_of_its_client()
    {
        await using var server = await TestServer.StartAsync(Proxied);
        await using var wire = await RawConnection.OpenAsync(Address(server));

        await wire.SendAsync(System.Text.Encoding.ASCII.GetBytes(Line));
        await wire.SendAsync($"PUT {SignedUrls.V("a/b", 5)} HTTP/1.1", "Host: files.example", "Content-Length: 5");
        await wire.SendAsync("hello"u8.ToArray());

        (await wire.ReadAsync()).Status.Should().Be(201);
        server.Log.Of(100).Should().ContainSingle().Which.Should().EndWith("from 192.0.2.7");
    }

    [Fact]
    public async Task Who_begins_without_a_header_hears_nothing_and_is_closed()
    {
        await using var server = await TestServer.StartAsync(Proxied);
        await using var wire = await RawConnection.OpenAsync(Address(server));

        await wire.SendAsync("GET /health HTTP/1.1", "Host: files.example");

        (await wire.ReadToEndAsync()).Should().Be(0);
        (await server.Log.EventAsync(609)).Text.Should().Contain("no good PROXY header");
    }

    [Fact]
    public async Task A_stranger_may_not_say_for_whom_he_speaks()
    {
        await using var server = await TestServer.StartAsync(Proxied + "\ntrusted_proxies = [\"198.51.100.1\"]");
        await using var wire = await RawConnection.OpenAsync(Address(server));

        await wire.SendWhilePossibleAsync(
            System.Text.Encoding.ASCII.GetBytes(Line + "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"));

        (await wire.ReadToEndAsync()).Should().Be(0);
        (await server.Log.EventAsync(609)).Text.Should().Contain("not one of trusted_proxies");
    }

    private static IPEndPoint Address(TestServer server) =>
        new(IPAddress.Loopback, new Uri(server.Urls.First(url => url.Contains("127.0.0.1"))).Port);
}
