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
            "Clients ask the DNS for the SRV record of the domain; this check takes the domain's own address.",
            "If the server has another name or port: --xmpp-server HOST:PORT"),
        AuthenticationException when e.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase) => new ChatException(
            "xmpp-certificate", Link.XmppServer, $"The XMPP server's certificate for {account.Domain} is not trusted here",
            $"{e.Message} Clients warn, or refuse to connect.",
            "With a certificate that nobody else has signed, --xmpp-any-certificate goes on."),
        AuthenticationException => new ChatException(
            "xmpp-tls", Link.XmppServer, $"TLS with the XMPP server at {Where(account)} fails: {e.Message}"),
        XmppStreamException => new ChatException(
            "xmpp-stream", Link.XmppServer, $"The XMPP server at {Where(account)} ends the conversation: {e.Message}",
            e.Message.StartsWith("host-", StringComparison.Ordinal) ? $"It does not serve the domain {account.Domain}." : null,
            "If another server is meant: --xmpp-server HOST:PORT"),
        IOException => new ChatException(
            "xmpp-stream", Link.XmppServer, $"The connection to the XMPP server at {Where(account)} breaks: {e.Message}"),
        _ => e,
    };
}
