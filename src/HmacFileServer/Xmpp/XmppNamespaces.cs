namespace HmacFileServer.Xmpp;

/// <summary>The namespaces we read and write.</summary>
internal static class XmppNamespaces
{
    public const string Component = "jabber:component:accept";          // XEP-0114
    public const string Client = "jabber:client";                       // RFC 6120 section 4.8.2
    public const string StartTls = "urn:ietf:params:xml:ns:xmpp-tls";
    public const string Sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
    public const string Bind = "urn:ietf:params:xml:ns:xmpp-bind";
    public const string Streams = "http://etherx.jabber.org/streams";   // RFC 6120 section 4.8
    public const string StreamErrors = "urn:ietf:params:xml:ns:xmpp-streams";
    public const string StanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas";
    public const string DiscoInfo = "http://jabber.org/protocol/disco#info";
    public const string DiscoItems = "http://jabber.org/protocol/disco#items";
    public const string Data = "jabber:x:data";                         // XEP-0004, XEP-0128
    public const string Ping = "urn:xmpp:ping";                         // XEP-0199
    public const string Version = "jabber:iq:version";                  // XEP-0092
    public const string VCard = "vcard-temp";                           // XEP-0054
    public const string Upload = "urn:xmpp:http:upload:0";              // XEP-0363
    // the same before 0.3: child elements, no headers
    public const string OldUpload = "urn:xmpp:http:upload";
    public const string UploadPurpose = "urn:xmpp:http:upload:purpose:0";
}
