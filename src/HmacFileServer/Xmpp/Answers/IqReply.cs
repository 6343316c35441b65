using System.Xml;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Xmpp.Answers;

/// <summary>The frame of an answer: to whom the request came from, with its id (RFC 6120 section 8.2.3).</summary>
internal static class IqReply
{
    public static void Result(XmlWriter xml, StanzaElement request, Action<XmlWriter>? content = null)
    {
        Start(xml, request, "result");
        content?.Invoke(xml);
        xml.WriteEndElement();
    }

    /// <summary>
    /// Without what the stranger sent, which RFC 6120 section 8.3.1 leaves to us: not all that can be read can be
    /// written again.
    /// </summary>
    /// <param name="type">cancel, modify, auth or wait (RFC 6120 section 8.3.2).</param>
    /// <param name="about">The request, written anew as far as it was understood.</param>
    /// <param name="more">What the protocol at hand adds to the error.</param>
    public static void Error(
        XmlWriter xml, StanzaElement request, string type, string condition, string? text = null,
        Action<XmlWriter>? about = null, Action<XmlWriter>? more = null)
    {
        Start(xml, request, "error");
        about?.Invoke(xml);
        xml.WriteStartElement("error", XmppNamespaces.Component);
        xml.WriteAttributeString("type", type);
        xml.WriteStartElement(condition, XmppNamespaces.StanzaErrors);
        xml.WriteEndElement();
        if (text is not null)
        {
            xml.WriteElementString("text", XmppNamespaces.StanzaErrors, text);
        }

        more?.Invoke(xml);
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void Start(XmlWriter xml, StanzaElement request, string type)
    {
        xml.WriteStartElement("iq", XmppNamespaces.Component);
        xml.WriteAttributeString("type", type);
        xml.WriteAttributeString("from", request["to"]);
        xml.WriteAttributeString("to", request["from"]);
        if (request["id"] is { } id)
        {
            xml.WriteAttributeString("id", id);
        }
    }
}
