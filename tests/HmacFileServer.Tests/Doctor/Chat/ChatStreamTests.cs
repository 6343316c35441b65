using System.Net;
using System.Net.Sockets;
using System.Text;
using HmacFileServer.Doctor.Chat.Wire;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Tests.Doctor.Chat;

/// <summary>Servers that are none, or not fit for a login: each is a sentence, and the password stays here.</summary>
public sealed class ChatStreamTests
{
    private const string Header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
            + "id='1' version='1.0'>";

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "xmpp-stream")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "xmpp-stream")]
    [InlineData("", "xmpp-stream")]
    [InlineData("<html><body>no</body></html>", "xmpp-stream")]
    [InlineData("\u0000\u0001\u0002<<<>>>", "xmpp-stream")]
    [InlineData(Header, "xmpp-stream")]
    [InlineData(Header + "<stream:features>", "xmpp-stream")]
    [InlineData(Header + "<stream:features/>", "xmpp-no-tls")]
    [InlineData(Header + "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
        + "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "xmpp-no-tls")]
    [InlineData(Header + "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        "xmpp-stream")]
    [InlineData(Header + "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
        + "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>garbage in place of TLS", "xmpp-tls,xmpp-stream")]
    public async Task A_server_that_is_none_is_a_sentence(string says, string codes)
    {
        var (finding, heard) = await AgainstAsync(says);

        codes.Split(',').Should().Contain(finding.Code, finding.Title);
        finding.Severity.Should().Be(Severity.Failure);
        heard.Should().NotContain("sesame").And.NotContain(Convert.ToBase64String("sesame"u8));
    }

    [Fact]
    public async Task Random_bytes_are_never_more_than_a_finding()
    {
        var random = new Random(20260102);
        for (var round = 0; round < 60; round++)
        {
            var bytes = new byte[random.Next(1, 300)];
            random.NextBytes(bytes);
            const string Likely = "<>/='\" \n&;:stream featuresxmlns?![]";
            var text = (round % 3 == 0 ? "" : Header) + string.Concat(
                bytes.Select(value => Likely[value % Likely.Length]));

            (await AgainstAsync(text)).Finding.Title.Should().NotBeEmpty();
        }
    }

    [Fact]
    public async Task Nobody_there_says_how_to_name_another_place()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        var finding = await FindingAsync(port);

        finding.Code.Should().Be("xmpp-unreachable");
        finding.Remedy.Should().Contain("--xmpp-server");
    }

    private static async Task<(Finding Finding, string Heard)> AgainstAsync(string says)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, says);
        var finding = await FindingAsync(((IPEndPoint)listener.LocalEndpoint).Port);
        return (finding, await serving);
    }

    private static async Task<Finding> FindingAsync(int port)
    {
        var account = new ChatAccount("alice", "example.org") { Host = "127.0.0.1", Port = port, Password = "sesame" };
        var open = () => ChatStream.OpenAsync(account, default);
        return (await open.Should().ThrowAsync<ChatException>()).Which.Finding;
    }

    /// <summary>Says its piece at once, ends, and listens until the other side has gone.</summary>
    private static async Task<string> ServeAsync(TcpListener listener, string says)
    {
        using var peer = await listener.AcceptTcpClientAsync();
        var heard = new MemoryStream();
        await using var wire = peer.GetStream();
        try
        {
            await wire.WriteAsync(Encoding.UTF8.GetBytes(says));
            peer.Client.Shutdown(SocketShutdown.Send);
            await wire.CopyToAsync(heard);
        }
        catch (IOException)
        {
            // The client had heard enough.
        }

        return Encoding.UTF8.GetString(heard.ToArray());
    }
}
