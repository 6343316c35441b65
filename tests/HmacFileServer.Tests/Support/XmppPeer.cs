using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace HmacFileServer.Tests.Support;

/// <summary>One component that has connected.</summary>
internal sealed class XmppPeer(Socket socket) : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public const string Secret = "component secret of the tests";

    private const string Header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
        + "xmlns:stream='http://etherx.jabber.org/streams' from='upload.example.org' id='3BF96D32'>";

    private readonly NetworkStream stream = new(socket, ownsSocket: true);
    private readonly StringBuilder received = new();

    public async Task GreetAsync()
    {
        await ReadUntilAsync(">");
        await ReadUntilAsync("upload.example.org'>");
        await SendAsync(Header);
        var proof = Convert.ToHexStringLower(Sha1("3BF96D32" + Secret));
        (await ReadAsync()).Value.Should().Be(proof);
        await SendAsync("<handshake/>");
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public Task SendAsync(byte[] bytes) => stream.WriteAsync(bytes).AsTask();

    /// <summary>Sends a request of alice's and reads the answer.</summary>
    public async Task<XElement> AskAsync(string payload, string type = "get", string from = "alice@example.org/phone")
    {
        await SendAsync($"<iq type='{type}' id='7' from='{from}' to='upload.example.org'>{payload}</iq>");
        while (true)
        {
            var answer = await ReadAsync();
            if (answer.Attribute("id")?.Value == "7")
            {
                return answer; // and no question of its own
            }
        }
    }

    /// <summary>The next whole element.</summary>
    public async Task<XElement> ReadAsync()
    {
        while (true)
        {
            if (TryTake() is { } element)
            {
                return element;
            }

            if (!await ReceiveAsync())
            {
                throw new EndOfStreamException($"the component closed the connection after: {received}");
            }
        }
    }

    /// <summary>Sends the same again and again until the component has closed the connection.</summary>
    /// <returns>How many bytes it let us send.</returns>
    public async Task<long> SendForEverAsync(string text, long atMost = 1L << 30)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var sent = 0L;
        try
        {
            for (; sent < atMost; sent += bytes.Length)
            {
                await SendAsync(bytes).WaitAsync(Patience);
            }
        }
        catch (IOException)
        {
            // Closed, as it should be.
        }

        return sent;
    }

    public async Task ExpectClosedAsync()
    {
        while (await ReceiveAsync())
        {
        }
    }

    public async Task ExpectGoodbyeAsync()
    {
        await ExpectClosedAsync();
        received.ToString().Should().Be("</stream:stream>");
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task ReadUntilAsync(string end)
    {
        while (!received.ToString().Contains(end, StringComparison.Ordinal))
        {
            (await ReceiveAsync()).Should().BeTrue();
        }

        var length = received.ToString().IndexOf(end, StringComparison.Ordinal) + end.Length;
        received.Remove(0, length);
    }

    /// <summary>An element is whole when a parser says so; clumsy, and nobody's framing but the parser's.</summary>
    private XElement? TryTake()
    {
        var text = received.ToString();
        for (var end = text.IndexOf('>', StringComparison.Ordinal); end >= 0; end = text.IndexOf('>', end + 1))
        {
            try
            {
                var element = XElement.Parse(text[..(end + 1)]);
                received.Remove(0, end + 1);
                return element;
            }
            catch (XmlException)
            {
                // Not yet.
            }
        }

        return null;
    }

    private async Task<bool> ReceiveAsync()
    {
        var bytes = new byte[8192];
        try
        {
            var count = await stream.ReadAsync(bytes).AsTask().WaitAsync(Patience);
            received.Append(Encoding.UTF8.GetString(bytes, 0, count));
            return count > 0;
        }
        catch (IOException)
        {
            return false; // reset, for what we had sent was not read to its end
        }
    }

#pragma warning disable CA5350 // the hash of XEP-0114
    private static byte[] Sha1(string text) => SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
}
