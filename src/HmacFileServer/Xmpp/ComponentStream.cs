using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using HmacFileServer.Http.Wire;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Xmpp;

/// <summary>One connection to the XMPP server as its component (XEP-0114), from the greeting to the end.</summary>
internal sealed class ComponentStream : IDisposable
{
    private const int MaxPendingBytes = 64 << 10; // of answers, while more requests are there

    // for the greeting, and for what we say to be taken
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);  // then we ask whether anybody is there
    private static readonly TimeSpan Echo = TimeSpan.FromSeconds(20);

    private readonly string domain;
    private readonly TimeProvider time;
    private readonly NetworkStream stream;
    private readonly StanzaReader reader;
    private readonly StanzaWriter writer = new();
    private bool hasAsked;

    private ComponentStream(
        Socket connected, string domain, TimeProvider time, Action<ComponentStream, SkippedStanza> skipped)
    {
        this.domain = domain;
        this.time = time;
        stream = new NetworkStream(connected, ownsSocket: true);
        reader = new StanzaReader(ReceiveAsync, stanza => skipped(this, stanza));
    }

    /// <param name="skipped">Hears of each stanza that could not be read.</param>
    /// <exception cref="SocketException">Nobody there.</exception>
    /// <exception cref="XmppStreamException">Not an XMPP server, or one that does not want us.</exception>
    public static async Task<ComponentStream> OpenAsync(
        XmppSettings xmpp, TimeProvider time, Action<ComponentStream, SkippedStanza> skipped, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(xmpp.Server, xmpp.Port, stop.Token);
            var opened = new ComponentStream(socket, xmpp.Domain!, time, skipped);
            await opened.GreetAsync(xmpp.Secret!, stop.Token);
            return opened;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            socket.Dispose();
            throw new XmppStreamException($"no greeting within {Patience.TotalSeconds} s");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>Null when the server has ended the stream.</returns>
    /// <exception cref="XmppStreamException">The server broke a rule, or says that we did, or is silent.</exception>
    public async ValueTask<StanzaElement?> ReadAsync(CancellationToken cancel)
    {
        if (writer.Length > MaxPendingBytes)
        {
            await SendAsync(cancel);
        }

        var stanza = await reader.ReadAsync(cancel);
        return stanza is { Name: "error", Xmlns: XmppNamespaces.Streams } ? throw Reported(stanza) : stanza;
    }

    /// <summary>Goes out before we wait for the next stanza.</summary>
    public void Write(Action<XmlWriter> stanza) => writer.Write(stanza);

    /// <summary>Says goodbye, if anybody listens.</summary>
    public async Task CloseAsync(CancellationToken cancel)
    {
        writer.WriteRaw("</stream:stream>");
        await SendAsync(cancel);
    }

    public void Dispose() => stream.Dispose();

    private async Task GreetAsync(Secret secret, CancellationToken cancel)
    {
        writer.WriteRaw(
            $"<?xml version='1.0'?><stream:stream xmlns='{XmppNamespaces.Component}' "
            + $"xmlns:stream='{XmppNamespaces.Streams}' to='{domain}'>");
        await SendAsync(cancel);
        var header = await reader.ReadHeaderAsync(cancel);
        var id = Encoding.UTF8.GetBytes(header["id"] ?? throw new XmppStreamException("the stream has no id"));

        var proof = Convert.ToHexStringLower(Sha1([.. id, .. secret.Bytes.Span]));
        writer.Write(xml => xml.WriteElementString("handshake", XmppNamespaces.Component, proof));
        await SendAsync(cancel);
        if (await ReadAsync(cancel) is not { Name: "handshake", Xmlns: XmppNamespaces.Component })
        {
            throw new XmppStreamException("the handshake was not answered");
        }
    }

#pragma warning disable CA5350 // XEP-0114 section 3 knows no other hash
    private static byte[] Sha1(byte[] message) => SHA1.HashData(message);
#pragma warning restore CA5350

    /// <summary>
    /// Sends what is pending and waits. After a long silence asks, and gives up when that comes to nothing, either.
    /// </summary>
    private async ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancel)
    {
        await SendAsync(cancel);
        while (true)
        {
            using var silence = new CancellationTokenSource(hasAsked ? Echo : Silence, time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancel);
            try
            {
                var received = await stream.ReadAsync(into, stop.Token);
                await Poller.Leave(); // answers ask the ledger
                hasAsked = false;
                return received;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested && hasAsked)
            {
                throw new XmppStreamException("nothing was heard, not even our own ping");
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                // To ourselves: the server has to carry it back, and no other has to exist.
                hasAsked = true;
                writer.Write(Ping);
                await SendAsync(cancel);
            }
        }
    }

    private async Task SendAsync(CancellationToken cancel)
    {
        if (writer.Length == 0)
        {
            return;
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            await writer.SendAsync(stream, stop.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new XmppStreamException($"nothing of what we say was taken for {Patience.TotalSeconds} s");
        }
    }

    private void Ping(XmlWriter xml)
    {
        xml.WriteStartElement("iq", XmppNamespaces.Component);
        xml.WriteAttributeString("type", "get");
        xml.WriteAttributeString("id", "are-you-there");
        xml.WriteAttributeString("from", domain);
        xml.WriteAttributeString("to", domain);
        xml.WriteStartElement("ping", XmppNamespaces.Ping);
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static XmppStreamException Reported(StanzaElement error)
    {
        var condition = error.Children.FirstOrDefault(child => child.Xmlns == XmppNamespaces.StreamErrors)?.Name
            ?? "undefined-condition";
        var text = error.Child("text", XmppNamespaces.StreamErrors)?.Text;
        return new XmppStreamException(string.IsNullOrEmpty(text) ? condition : $"{condition}, {text}")
        {
            IsConflict = condition == "conflict",
        };
    }
}
