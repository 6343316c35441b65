using System.Xml;

namespace HmacFileServer.Xmpp.Wire;

/// <summary>
/// A part of a stanza. Not an XElement: System.Xml.Linq keeps every name it has ever seen in a namespace, and strangers
/// choose the names.
/// </summary>
internal sealed class StanzaElement(string name, string xmlns)
{
    private readonly List<(string Name, string Value)> attributes = [];
    private readonly List<StanzaElement> children = [];

    public string Name => name;

    public string Xmlns => xmlns;

    public IReadOnlyList<StanzaElement> Children => children;

    /// <summary>The character data directly in it.</summary>
    public string Text { get; private set; } = "";

    /// <summary>An attribute in no namespace, or null.</summary>
    public string? this[string attribute] =>
        attributes.Find(candidate => candidate.Name == attribute).Value;

    public bool Is(string otherName, string otherXmlns) => name == otherName && xmlns == otherXmlns;

    public StanzaElement? Child(string childName, string childXmlns) =>
        children.Find(child => child.Is(childName, childXmlns));

    /// <summary>Reads one whole element; the framing has bounded its size, depth and number of parts.</summary>
    /// <exception cref="XmlException">Not well-formed.</exception>
    public static StanzaElement Read(XmlReader reader)
    {
        reader.MoveToContent();
        var open = new Stack<StanzaElement>();
        do
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    var element = Started(reader);
                    var parent = open.TryPeek(out var outer) ? outer : null;
                    parent?.children.Add(element);
                    if (reader.IsEmptyElement && parent is null)
                    {
                        return element;
                    }

                    if (!reader.IsEmptyElement)
                    {
                        open.Push(element);
                    }

                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace:
                    open.Peek().Text += reader.Value;
                    break;
                case XmlNodeType.EndElement:
                    var ended = open.Pop();
                    if (open.Count == 0)
                    {
                        return ended;
                    }

                    break;
            }
        }
        while (reader.Read());

        throw new XmlException("The stanza has no end.");
    }

    /// <summary>Only its first tag.</summary>
    /// <exception cref="XmlException">Not well-formed.</exception>
    public static StanzaElement ReadTag(XmlReader reader)
    {
        reader.MoveToContent();
        return Started(reader);
    }

    private static StanzaElement Started(XmlReader reader)
    {
        var element = new StanzaElement(reader.LocalName, reader.NamespaceURI);
        while (reader.MoveToNextAttribute())
        {
            if (reader.NamespaceURI.Length == 0)
            {
                element.attributes.Add((reader.LocalName, reader.Value)); // no protocol of ours has others
            }
        }

        reader.MoveToElement();
        return element;
    }
}
