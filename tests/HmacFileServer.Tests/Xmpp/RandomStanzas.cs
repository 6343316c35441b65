using System.Text;

namespace HmacFileServer.Tests.Xmpp;

/// <summary>
/// Stanzas with odd prefixes, namespaces, attributes and characters, the same for the same seed. Their tags nest, so
/// that each ends where it should; little else about them has to be right.
/// </summary>
internal sealed class RandomStanzas(int seed)
{
    private static readonly string[] Prefixes = ["", "", "", "a:", "b:", "xml:", "xmlns:", "p1:", "é:", "never:"];

    private static readonly string[] Names =
    [
        "a", "b", "xmlns", "xml", "space", "lang", "id", "request", "query", "iq", "error", "text", "p1", "ns1",
        "x-y.z", "é", "_", "filename", "size",
    ];

    private static readonly string[] Namespaces =
    [
        "", "u", "x", "urn:xmpp:http:upload:0", "urn:xmpp:http:upload", "jabber:component:accept", "jabber:client",
        "http://jabber.org/protocol/disco#info", "http://www.w3.org/2000/xmlns/", "&#10;", "a&amp;b",
        "http://www.w3.org/XML/1998/namespace", "urn:ietf:params:xml:ns:xmpp-stanzas",
    ];

    private static readonly string[] Values =
    [
        "", "1", "5", "preserve", "bogus", "a.jpg", "&#9;&#10;&#13;", "&lt;&gt;&amp;&quot;&apos;", "\u0085\u2028",
        "😀", "&#x1;", "&#xFFFF;", "]]&gt;", "--", "?>", "{urn:x}y",
    ];

    private readonly Random random = new(seed);

    public string Next()
    {
        var text = new StringBuilder();
        var name = Of(["iq", "iq", "iq", "message", "presence"]);
        var id = random.Next(8) == 0 ? "" : $"id='{Of(Values)}' ";
        text.Append(
            $"<{name} type='{Of(["get", "set", "result"])}' {id}from='eve@example.org/{Of(Values)}' "
            + "to='upload.example.org'");
        AddAttributes(text, random.Next(6) == 0 ? 1 : 0);
        text.Append('>');
        AddElement(text, 0);
        return text.Append($"</{name}>").ToString();
    }

    private void AddElement(StringBuilder text, int depth)
    {
        var name = Of(Prefixes) + Of(Names);
        text.Append('<').Append(name);
        AddAttributes(text, random.Next(5));
        if (depth > 4 || random.Next(3) == 0)
        {
            text.Append("/>");
            return;
        }

        text.Append('>');
        for (var children = random.Next(3); children > 0; children--)
        {
            text.Append(random.Next(4) switch
            {
                0 => "<![CDATA[ </x> ]]>",
                1 => "<!-- </x> -->",
                2 => "<?x </x> ?>",
                _ => Of(Values),
            });
            AddElement(text, depth + 1);
        }

        text.Append("</").Append(name).Append('>');
    }

    private void AddAttributes(StringBuilder text, int count)
    {
        for (; count > 0; count--)
        {
            text.Append(random.Next(3) switch
            {
                0 => $" xmlns='{Of(Namespaces)}'",
                1 => $" xmlns:{Of(["a", "b", "p1", "é", "xml", "xmlns"])}='{Of(Namespaces)}'",
                _ => $" {Of(Prefixes)}{Of(Names)}='{Of(Values)}'",
            });
        }
    }

    private T Of<T>(T[] choices) => choices[random.Next(choices.Length)];
}
