using System.Globalization;
using System.Reflection;
using System.Xml;
using HmacFileServer.Settings;

namespace HmacFileServer.Xmpp.Answers;

/// <summary>What the component says of itself, so that clients find it and know the largest file.</summary>
internal static class ServiceInfo
{
    private const string Product = "HmacFileServer";

    private static readonly string[] Features =
    [
        XmppNamespaces.DiscoInfo, XmppNamespaces.DiscoItems, XmppNamespaces.Ping, XmppNamespaces.Version,
        XmppNamespaces.VCard,
        XmppNamespaces.Upload, XmppNamespaces.OldUpload,
        .. UploadRequests.Purposes.Keys.Select(purpose => $"{XmppNamespaces.UploadPurpose}#{purpose}"),
    ];

    public static void WriteDisco(XmlWriter xml, ServerSettings rules)
    {
        xml.WriteStartElement("query", XmppNamespaces.DiscoInfo);

        // The XEP only shows this identity; slixmpp and Movim don't see a service without it.
        xml.WriteStartElement("identity", XmppNamespaces.DiscoInfo);
        xml.WriteAttributeString("category", "store");
        xml.WriteAttributeString("type", "file");
        xml.WriteAttributeString("name", rules.Xmpp.Name);
        xml.WriteEndElement();
        foreach (var feature in Features)
        {
            xml.WriteStartElement("feature", XmppNamespaces.DiscoInfo);
            xml.WriteAttributeString("var", feature);
            xml.WriteEndElement();
        }

        WriteLimit(xml, XmppNamespaces.Upload, rules);
        WriteLimit(xml, XmppNamespaces.OldUpload, rules);
        xml.WriteEndElement();
    }

    public static void WriteNoItems(XmlWriter xml)
    {
        xml.WriteStartElement("query", XmppNamespaces.DiscoItems);
        xml.WriteEndElement();
    }

    public static void WriteVersion(XmlWriter xml)
    {
        xml.WriteStartElement("query", XmppNamespaces.Version);
        xml.WriteElementString("name", XmppNamespaces.Version, Product);
        xml.WriteElementString(
            "version", XmppNamespaces.Version, Assembly.GetExecutingAssembly().GetName().Version!.ToString(3));
        xml.WriteEndElement();
    }

    public static void WriteCard(XmlWriter xml, ServerSettings rules)
    {
        xml.WriteStartElement("vCard", XmppNamespaces.VCard);
        xml.WriteElementString("FN", XmppNamespaces.VCard, rules.Xmpp.Name);
        xml.WriteElementString("DESC", XmppNamespaces.VCard, Product);
        xml.WriteEndElement();
    }

    /// <summary>XEP-0363 section 3: a form of XEP-0128, bytes without a unit.</summary>
    private static void WriteLimit(XmlWriter xml, string xmlns, ServerSettings rules)
    {
        xml.WriteStartElement("x", XmppNamespaces.Data);
        xml.WriteAttributeString("type", "result");
        WriteField(xml, "FORM_TYPE", "hidden", xmlns);
        WriteField(xml, "max-file-size", null, rules.Server.MaxUploadSize.Bytes.ToString(CultureInfo.InvariantCulture));
        xml.WriteEndElement();
    }

    private static void WriteField(XmlWriter xml, string name, string? type, string value)
    {
        xml.WriteStartElement("field", XmppNamespaces.Data);
        xml.WriteAttributeString("var", name);
        if (type is not null)
        {
            xml.WriteAttributeString("type", type);
        }

        xml.WriteElementString("value", XmppNamespaces.Data, value);
        xml.WriteEndElement();
    }
}
