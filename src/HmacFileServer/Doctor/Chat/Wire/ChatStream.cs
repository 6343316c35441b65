using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Xml;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Xmpp;
using HmacFileServer.Xmpp.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace HmacFileServer.Doctor.Chat.Wire;

/// <summary>
/// A client's connection to its XMPP server (RFC 6120): TLS, login, a resource, and then questions and their answers. Only as much
/// of a client as the doctor needs: it has no presence and takes no messages.
/// </summary>
internal sealed class ChatStream : IAsyncDisposable
{
    private static readonly TimeSpan LoginPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(15);

    private readonly ChatAccount account;
    private readonly StanzaWriter writer = new();
    private Stream wire;
    private StanzaReader reader;
    private int asked;

    private ChatStream(ChatAccount account, Socket socket)
    {
        this.account = account;
        wire = new NetworkStream(socket, ownsSocket: true);
        reader = NewReader();
    }

    /// <summary>What is wrong with the certificate, where the operator wants to go on all the same.</summary>
    public SslPolicyErrors CertificateErrors { get; private set; }

    /// <summary>Connects, encrypts and logs in.</summary>
    /// <exception cref="ChatException">With what to tell.</exception>
    public static async Task<ChatStream> OpenAsync(ChatAccount account, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(LoginPatience);
        ChatStream? stream = null;
        try
        {
            stream = new ChatStream(account, await ConnectAsync(account, patience.Token));
            await ChatLogin.LogInAsync(stream, account, patience.Token);
            return stream;
        }
        catch (Exception e)
        {
            if (stream is not null)
            {
                await stream.wire.DisposeAsync();
            }

            if (e is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                throw new ChatException(
                    "xmpp-silent", Link.XmppServer, $"{ChatFault.Where(account)} does not answer within {LoginPatience.TotalSeconds} s",
                    "The port is open, but nobody speaks XMPP there"
                    + (account.IsDirectTls ? "." : ", or it expects TLS from the first byte."), "See --xmpp-server and --xmpp-direct-tls.");
            }

            throw ChatFault.Of(e, account);
        }
    }

    /// <returns>The answer: an iq of type result or error.</returns>
    /// <exception cref="ChatException">The stream has ended, or no answer came.</exception>
    public async Task<StanzaElement> AskAsync(string to, Action<XmlWriter> question, CancellationToken cancel, string type = "get")
    {
        var id = $"check-{++asked}";
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(AnswerPatience);
        writer.Write(xml =>
        {
            xml.WriteStartElement("iq", XmppNamespaces.Client);
            xml.WriteAttributeString("type", type);
            xml.WriteAttributeString("id", id);
            if (to.Length > 0)
            {
                xml.WriteAttributeString("to", to);
            }

            question(xml);
            xml.WriteEndElement();
        });
        try
        {
            while (true)
            {
                var stanza = await ReadAsync(patience.Token);
                if (stanza.Is("iq", XmppNamespaces.Client) && stanza["id"] == id && stanza["type"] is "result" or "error")
                {
                    return stanza;
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new ChatException(
                "xmpp-silent", Link.XmppServer, $"{(to.Length > 0 ? to : account.Domain)} does not answer within {AnswerPatience.TotalSeconds} s");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw ChatFault.Of(e, account);
        }
    }

    public void Write(Action<XmlWriter> element) => writer.Write(element);

    /// <summary>A step of the login, its content in base64; "=" for none (RFC 6120 section 6.4.2).</summary>
    public void Write(string step, string? mechanism, string content) => writer.Write(xml =>
    {
        xml.WriteStartElement(step, XmppNamespaces.Sasl);
        if (mechanism is not null)
        {
            xml.WriteAttributeString("mechanism", mechanism);
        }

        xml.WriteString(content.Length == 0 ? "=" : Convert.ToBase64String(Encoding.UTF8.GetBytes(content)));
        xml.WriteEndElement();
    });

    /// <summary>Sends what was written, and waits for what comes next.</summary>
    public async Task<StanzaElement> ReadAsync(CancellationToken cancel)
    {
        await writer.SendAsync(wire, cancel);
        var stanza = await reader.ReadAsync(cancel) ?? throw new XmppStreamException("the XMPP server has closed the connection");
        return stanza is { Name: "error", Xmlns: XmppNamespaces.Streams }
            ? throw new XmppStreamException(stanza.Children is [var condition, ..] ? condition.Name : "undefined-condition")
            : stanza;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            writer.WriteRaw("</stream:stream>");
            await writer.SendAsync(wire, patience.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Nobody is left to say goodbye to.
        }

        await wire.DisposeAsync();
    }

    /// <summary>Begins a stream, the first or a new one on the same connection, and reads what the server can do.</summary>
    public async Task<StanzaElement> StartAsync(CancellationToken cancel)
    {
        reader = NewReader();
        writer.WriteRaw(
            $"<?xml version='1.0'?><stream:stream xmlns='{XmppNamespaces.Client}' xmlns:stream='{XmppNamespaces.Streams}' "
            + $"to='{System.Security.SecurityElement.Escape(account.Domain)}' version='1.0'>");
        await writer.SendAsync(wire, cancel);
        await reader.ReadHeaderAsync(cancel);
        return await ReadAsync(cancel) is { Name: "features", Xmlns: XmppNamespaces.Streams } features
            ? features
            : throw new XmppStreamException("the server does not say what it can do");
    }

    /// <summary>From here on everything is encrypted.</summary>
    public async Task EncryptAsync(CancellationToken cancel)
    {
        var tls = new SslStream(wire);
        wire = tls;
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = account.Domain, // what clients compare (RFC 6120 section 13.7.2), whatever the host is called
                ApplicationProtocols = account.IsDirectTls ? [new SslApplicationProtocol("xmpp-client")] : null,
                RemoteCertificateValidationCallback = (_, _, _, errors) =>
                {
                    CertificateErrors = errors;
                    return errors == SslPolicyErrors.None || account.TakesAnyCertificate;
                },
            },
            cancel);
    }

    private StanzaReader NewReader() => new((into, cancel) => wire.ReadAsync(into, cancel), NullLogger.Instance);

    private static async Task<Socket> ConnectAsync(ChatAccount account, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(account.Host, account.Port, cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
