using System.Net.Sockets;
using System.Security.Authentication;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Doctor.Chat.Wire;

/// <summary>What a broken conversation means, once.</summary>
internal static class ChatFault
{
    public static string Where(ChatAccount account) => $"{account.Host} port {account.Port}";

    /// <returns>What to tell; the exception itself when it is none of the conversation's.</returns>
    public static Exception Of(Exception e, ChatAccount account) => e switch
    {
        ChatException => e,
        SocketException => new ChatException(
            "xmpp-unreachable", Link.XmppServer, $"The XMPP server can't be reached at {Where(account)}: {e.Message}",
            account.IsFromDns ? "That is the place that the SRV record of the domain names: no client can log in."
                : account.IsPlaceGiven ? null
                : "No SRV record of the domain was found, so this is where clients go, too.",
            "If the server has another name or port: --xmpp-server HOST:PORT"),
        AuthenticationException when e.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase) =>
            new ChatException(
                "xmpp-certificate", Link.XmppServer,
                $"The XMPP server's certificate for {account.Domain} is not trusted here",
                $"{e.Message} Clients warn, or refuse to connect.",
                "With a certificate that nobody else has signed, --xmpp-any-certificate goes on."),
        AuthenticationException => new ChatException(
            "xmpp-tls", Link.XmppServer, $"TLS with the XMPP server at {Where(account)} fails: {e.Message}", null,
            Otherwise(account)),
        XmppStreamException => new ChatException(
            "xmpp-stream", Link.XmppServer, $"The XMPP server at {Where(account)} ends the conversation: {e.Message}",
            e.Message.StartsWith("host-", StringComparison.Ordinal)
                ? $"It does not serve the domain {account.Domain}."
                : null,
            $"If another server is meant: --xmpp-server HOST:PORT. {Otherwise(account)}"),
        IOException => new ChatException(
            "xmpp-stream", Link.XmppServer,
            $"The connection to the XMPP server at {Where(account)} breaks: {e.Message}",
            null, Otherwise(account)),
        _ => e,
    };

    public static ChatException Silence(ChatAccount account, TimeSpan patience) => new(
        "xmpp-silent", Link.XmppServer, $"{Where(account)} does not answer within {patience.TotalSeconds} s",
        "A firewall drops what is sent there, or nobody speaks XMPP there.", Otherwise(account));

    private static string Otherwise(ChatAccount account) => account.IsDirectTls
        ? "If that port expects STARTTLS: leave --xmpp-direct-tls away."
        : "If that port expects TLS from the first byte: --xmpp-direct-tls";
}
