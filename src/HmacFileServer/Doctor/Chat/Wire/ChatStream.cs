using System.Net.Security;
using System.Net.Sockets;
using System.Xml;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Xmpp;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Doctor.Chat.Wire;

/// <summary>
/// A client's connection to its XMPP server (RFC 6120): TLS, login, a resource, and then questions and their answers.
/// Only as much of a client as the doctor needs: it has no presence and takes no messages.
/// </summary>
internal sealed class ChatStream : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15); // for the login, and for each answer

    private readonly ChatAccount account;
    private readonly StanzaWriter writer = new();
    private Stream wire;
    private StanzaReader reader;

    private ChatStream(ChatAccount account, Socket socket)
    {
        this.account = account;
        wire = new NetworkStream(socket, ownsSocket: true);
        reader = NewReader();
    }

    /// <summary>What is wrong with the certificate, where the operator wants to go on all the same.</summary>
    public SslPolicyErrors CertificateErrors { get; private set; }

    /// <summary>How it was logged in.</summary>
    public string Mechanism { get; set; } = "";

    /// <summary>Connects, encrypts and logs in.</summary>
    /// <exception cref="ChatException">With what to tell.</exception>
    public static async Task<ChatStream> OpenAsync(ChatAccount account, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        ChatStream? stream = null;
        try
        {
            stream = new ChatStream(account, await account.ConnectAsync(patience.Token));
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
                throw ChatFault.Silence(account, Patience);
            }

            throw ChatFault.Of(e, account);
        }
    }

    /// <returns>The answer: an iq of type result or error.</returns>
    /// <exception cref="ChatException">The stream has ended, or no answer came.</exception>
    public async Task<StanzaElement> AskAsync(
        string to, Action<XmlWriter> question, CancellationToken cancel, string type = "get")
    {
        var answers = await AskEachAsync([to], question, Patience, cancel, type);
        return answers.GetValueOrDefault(to) ?? throw new ChatException(
            "xmpp-silent", Link.XmppServer,
            $"{(to.Length > 0 ? to : account.Domain)} does not answer within {Patience.TotalSeconds} s");
    }

    /// <summary>One question to several at once. Who does not answer in time is not among the answers.</summary>
    /// <exception cref="ChatException">The stream has ended.</exception>
    public async Task<IReadOnlyDictionary<string, StanzaElement>> AskEachAsync(
        IReadOnlyList<string> to, Action<XmlWriter> question, TimeSpan patience, CancellationToken cancel,
        string type = "get")
    {
        Dictionary<string, string> open = to.ToDictionary(_ => Guid.NewGuid().ToString("N"), StringComparer.Ordinal);
        Dictionary<string, StanzaElement> answers = new(StringComparer.Ordinal);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        waiting.CancelAfter(patience);
        try
        {
            foreach (var (id, address) in open)
            {
                Ask(id, address, question, type);
            }

            while (open.Count > 0)
            {
                var stanza = await ReadAsync(waiting.Token);
                if (stanza.Is("iq", XmppNamespaces.Client) && stanza["type"] is "result" or "error"
                    && stanza["id"] is { } id && open.Remove(id, out var address))
                {
                    answers[address] = stanza;
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Who has answered by now, has.
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw ChatFault.Of(e, account);
        }

        return answers;
    }

    public void Write(Action<XmlWriter> element) => writer.Write(element);

    /// <summary>Sends what was written, and waits for what comes next.</summary>
    public async Task<StanzaElement> ReadAsync(CancellationToken cancel)
    {
        await writer.SendAsync(wire, cancel);
        var stanza = await reader.ReadAsync(cancel)
            ?? throw new XmppStreamException("the XMPP server has closed the connection");
        return stanza is { Name: "error", Xmlns: XmppNamespaces.Streams }
            ? throw new XmppStreamException(stanza.Children is [var first, ..] ? first.Name : "undefined-condition")
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

    /// <summary>
    /// Begins a stream, the first or a new one on the same connection, and reads what the server can do.
    /// </summary>
    public async Task<StanzaElement> StartAsync(CancellationToken cancel)
    {
        reader = NewReader();
        writer.WriteRaw(
            $"<?xml version='1.0'?><stream:stream xmlns='{XmppNamespaces.Client}' "
            + $"xmlns:stream='{XmppNamespaces.Streams}' to='{System.Security.SecurityElement.Escape(account.Domain)}' "
            + "version='1.0'>");
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
                // what clients compare (RFC 6120 section 13.7.2), whatever the host is called
                TargetHost = account.Domain,
                ApplicationProtocols = account.IsDirectTls ? [new SslApplicationProtocol("xmpp-client")] : null,
                RemoteCertificateValidationCallback = (_, _, _, errors) =>
                {
                    CertificateErrors = errors;
                    return errors == SslPolicyErrors.None || account.TakesAnyCertificate;
                },
            },
            cancel);
    }

    private StanzaReader NewReader() => new((into, cancel) => wire.ReadAsync(into, cancel), skipped: _ => { });

    private void Ask(string id, string to, Action<XmlWriter> question, string type) => writer.Write(xml =>
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
}
