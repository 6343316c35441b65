using System.Security.Cryptography;
using System.Text;
using System.Xml;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Xmpp;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Doctor.Chat.Wire;

/// <summary>
/// TLS, then SASL (RFC 6120 section 6) by the strongest of what we know and the server offers, then an address for the
/// session.
/// </summary>
internal static class ChatLogin
{
    private static readonly (string Name, HashAlgorithmName Hash)[] Scrams =
    [
        ("SCRAM-SHA-512", HashAlgorithmName.SHA512),
        ("SCRAM-SHA-256", HashAlgorithmName.SHA256),
        ("SCRAM-SHA-1", HashAlgorithmName.SHA1),
    ];

    /// <exception cref="ChatException">The server does not take the account, or nothing that we can do.</exception>
    public static async Task LogInAsync(ChatStream stream, ChatAccount account, CancellationToken cancel)
    {
        if (account.IsDirectTls)
        {
            await stream.EncryptAsync(cancel);
        }
        else
        {
            await StartTlsAsync(stream, await stream.StartAsync(cancel), cancel);
        }

        await AuthenticateAsync(stream, account, await stream.StartAsync(cancel), cancel);
        await stream.StartAsync(cancel);
        var bound = await stream.AskAsync("", xml => xml.WriteElementString("bind", XmppNamespaces.Bind, null), cancel,
            "set");
        if (bound["type"] != "result")
        {
            throw new ChatException("xmpp-login", Link.XmppServer, "The XMPP server gives this session no address");
        }
    }

    private static async Task StartTlsAsync(ChatStream stream, StanzaElement features, CancellationToken cancel)
    {
        if (features.Child("starttls", XmppNamespaces.StartTls) is null)
        {
            throw new ChatException(
                "xmpp-no-tls", Link.XmppServer, "The XMPP server offers no encryption (STARTTLS)",
                "Clients don't log in without it, and neither does this check: the password would be readable on the "
                    + "way.");
        }

        stream.Write(xml => xml.WriteElementString("starttls", XmppNamespaces.StartTls, null));
        if (await stream.ReadAsync(cancel) is not { Name: "proceed", Xmlns: XmppNamespaces.StartTls })
        {
            throw new ChatException("xmpp-no-tls", Link.XmppServer,
                "The XMPP server offers encryption, and then refuses it");
        }

        await stream.EncryptAsync(cancel);
    }

    private static async Task AuthenticateAsync(
        ChatStream stream, ChatAccount account, StanzaElement features, CancellationToken cancel)
    {
        var offered = features.Child("mechanisms", XmppNamespaces.Sasl)?.Children
            .Select(child => child.Text.Trim()).ToArray() ?? [];
        foreach (var (name, hash) in Scrams.Where(scram => offered.Contains(scram.Name)))
        {
            var scram = new ScramLogin(hash, account.User, account.Password, ScramLogin.NewNonce());
            stream.Mechanism = name;
            stream.Write(Step("auth", name, scram.First));
            await ProveAsync(stream, scram, account, cancel);
            return;
        }

        if (!offered.Contains("PLAIN"))
        {
            throw new ChatException(
                "xmpp-login", Link.XmppServer, "The XMPP server offers no way to log in with a password",
                $"It offers: {(offered.Length == 0 ? "nothing" : string.Join(", ", offered.Take(8)))}. "
                + $"This check knows {string.Join(", ", Scrams.Select(scram => scram.Name))} and PLAIN.");
        }

        stream.Mechanism = "PLAIN";
        stream.Write(Step("auth", "PLAIN", $"\0{account.User}\0{account.Password}"));
        await AnswerAsync(stream, account, cancel);
    }

    private static async Task ProveAsync(
        ChatStream stream, ScramLogin scram, ChatAccount account, CancellationToken cancel)
    {
        var challenge = await AnswerAsync(stream, account, cancel);
        if (challenge.Name != "challenge")
        {
            throw Unproven();
        }

        stream.Write(Step("response", null, scram.Prove(Decode(challenge))));
        var last = await AnswerAsync(stream, account, cancel);
        var isProven = scram.Verifies(Decode(last));
        if (last.Name == "challenge")
        {
            stream.Write(Step("response", null, ""));
            await AnswerAsync(stream, account, cancel);
        }

        if (!isProven)
        {
            throw Unproven();
        }
    }

    private static async Task<StanzaElement> AnswerAsync(
        ChatStream stream, ChatAccount account, CancellationToken cancel)
    {
        var answer = await stream.ReadAsync(cancel);
        if (answer is { Name: "success" or "challenge", Xmlns: XmppNamespaces.Sasl })
        {
            return answer;
        }

        var condition = answer.Children.FirstOrDefault(child => child.Name != "text")?.Name ?? "no reason";
        var text = answer.Child("text", XmppNamespaces.Sasl)?.Text;
        throw new ChatException(
            "xmpp-password", Link.Client, $"The XMPP server does not let {account} in ({condition})",
            condition == "not-authorized" ? "The password is wrong, or there is no such account." : text,
            "The password comes from XMPP_PASSWORD in the environment, or is asked for.");
    }

    /// <summary>A step of the login, its content in base64.</summary>
    private static Action<XmlWriter> Step(string step, string? mechanism, string content) => xml =>
    {
        xml.WriteStartElement(step, XmppNamespaces.Sasl);
        if (mechanism is not null)
        {
            xml.WriteAttributeString("mechanism", mechanism);
        }

        xml.WriteString(Convert.ToBase64String(Encoding.UTF8.GetBytes(content)));
        xml.WriteEndElement();
    };

    private static string Decode(StanzaElement answer)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(answer.Text.Trim()));
        }
        catch (FormatException)
        {
            return "";
        }
    }

    private static ChatException Unproven() => new(
        "xmpp-login", Link.XmppServer, "The XMPP server did not prove that it knows the password",
        "Somebody may stand between this machine and the XMPP server.");
}
