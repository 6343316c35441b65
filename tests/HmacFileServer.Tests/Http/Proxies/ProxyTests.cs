using System.Net.Sockets;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http.Proxies;

public sealed class ProxyTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Theory]
    [InlineData("", "203.0.113.9", "203.0.113.9")]
    [InlineData("", "2001:db8::9", "2001:db8::9")]
    [InlineData("", "6.6.6.6, 203.0.113.9", "203.0.113.9")]
    [InlineData("", "6.6.6.6, 203.0.113.9, 127.0.0.5", "203.0.113.9")]
    [InlineData("", "rubbish", "127.0.0.1")]
    [InlineData("trusted_proxies = [\"10.0.0.0/8\"]", "203.0.113.9", "127.0.0.1")]
    [InlineData("trusted_proxies = []", "203.0.113.9", "127.0.0.1")]
    public async Task An_address_is_believed_only_from_a_trusted_proxy(string trusted, string forwarded, string address)
    {
        await using var server = await TestServer.StartAsync(trusted);

        await server.PutAsync(SignedUrls.V("a/b", 5), Hello, $"X-Forwarded-For: {forwarded}");

        server.Log.Of(100).Should().ContainSingle().Which.Should().EndWith($"from {address}");
    }

    [Fact]
    public async Task Who_may_use_the_unix_socket_is_a_trusted_proxy()
    {
        await using var server = await TestServer.StartAsync("listen_address = \"unix:{folder}/s.sock\"");
        await using var wire = await RawConnection.OpenAsync(new UnixDomainSocketEndPoint(server.InFolder("s.sock")));

        await wire.SendAsync(
            $"PUT {SignedUrls.V("a/b", 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "X-Forwarded-For: 203.0.113.9");
        await wire.SendAsync(Hello);
        await wire.ReadAsync();
        await wire.SendAsync($"PUT {SignedUrls.V("a/c", 5)} HTTP/1.1", "Host: h", "Content-Length: 5");
        await wire.SendAsync(Hello);
        await wire.ReadAsync();

        server.Log.Of(100).Select(line => line.Split(' ')[^1]).Should().Equal("203.0.113.9", "unix");
    }
}
