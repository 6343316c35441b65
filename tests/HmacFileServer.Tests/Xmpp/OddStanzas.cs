namespace HmacFileServer.Tests.Xmpp;

/// <summary>What expat or a user may write, and what .NET's reader or writer may refuse.</summary>
internal static class OddStanzas
{
    private const string Ns = "urn:xmpp:http:upload:0";

    /// <summary>In every stanza: who sends it to whom.</summary>
    public const string Eve = "from='eve@example.org/x' to='upload.example.org'";

    private const string Iq = $"<iq type='get' id='boom' {Eve}>";

    /// <summary>By what is odd about them. Each ends where a parser that takes it sees its end.</summary>
    public static readonly Dictionary<string, string> All = new()
    {
        ["a prefix named xmlns on an attribute"] =
            $"{Iq}<q xmlns='x' xmlns:p='u' p:xmlns='v'/></iq>",
        ["an attribute that rebinds on writing"] =
            $"{Iq}<q xmlns='x' xmlns:a='u' xmlns:b='u' a:x='1' b:y='2'/></iq>",
        ["an attribute of the xml namespace"] =
            $"{Iq}<q xmlns='x' xml:id='1' xml:base=':' xml:odd='?'/></iq>",
        ["xml bound to its own name"] =
            $"{Iq}<q xmlns='x' xmlns:xml='http://www.w3.org/XML/1998/namespace'/></iq>",
        ["the xml namespace bound to another prefix"] =
            $"{Iq}<q xmlns:x='http://www.w3.org/XML/1998/namespace'/></iq>",
        ["the namespace of declarations bound"] =
            $"{Iq}<q xmlns:x='http://www.w3.org/2000/xmlns/' x:y='1'/></iq>",
        ["the namespace of declarations as the default"] =
            $"{Iq}<q xmlns='http://www.w3.org/2000/xmlns/'/></iq>",
        ["the xml namespace as the default"] =
            $"{Iq}<q xmlns='http://www.w3.org/XML/1998/namespace'/></iq>",
        ["xml:space that is none"] =
            $"<message {Eve}><body xml:space='bogus'>x</body></message>",
        ["xml:space that is none on the stanza itself"] =
            $"<message {Eve} xml:space='bogus'/>",
        ["xml:space that is none in a request"] =
            $"{Iq}<ping xmlns='urn:xmpp:ping' xml:space=''/></iq>",
        ["xml:lang that is none"] =
            $"<message {Eve} xml:lang='&lt;&gt;&#10;'><body xml:lang=''>x</body></message>",
        ["a prefix that was never declared"] =
            $"<message {Eve}><x:y/></message>",
        ["an undeclared prefix on an attribute"] =
            $"<message {Eve} x:y='1'/>",
        ["a prefix undeclared again"] =
            $"<message {Eve}><x xmlns:p='u'><y xmlns:p=''/></x></message>",
        ["the same attribute by two prefixes"] =
            $"<message {Eve}><x xmlns:a='u' xmlns:b='u' a:c='1' b:c='2'/></message>",
        ["the same attribute twice"] =
            $"<message {Eve}><x a='1' a='2'/></message>",
        ["a name with two colons"] =
            $"<message {Eve}><a:b:c/></message>",
        ["a name that begins with a colon"] =
            $"<message {Eve}><:a/></message>",
        ["a name of another alphabet"] =
            $"<message {Eve}><𐀀 ·='1'/><é₁ ª='2'/></message>",
        ["a control character"] =
            $"<message {Eve}><body>&#x1;</body></message>",
        ["a raw control character"] =
            $"<message {Eve}><body>\u0001</body></message>",
        ["half a surrogate pair by number"] =
            $"<message {Eve}><body>&#xD800;</body></message>",
        ["a number of no character"] =
            $"<message {Eve}><body>&#xFFFF;&#x110000;</body></message>",
        ["characters that are none"] =
            $"<message {Eve}><body>\uFFFE\uFFFF</body></message>",
        ["an entity nobody declared"] =
            $"<message {Eve}><body>&nbsp;</body></message>",
        ["an end tag of another name"] =
            $"<message {Eve}><body></text></message>",
        ["an attribute without quotes"] =
            $"<message {Eve}><x a=1/></message>",
        ["a tag sign in an attribute"] =
            $"<message {Eve}><x a='<'/></message>",
        ["an unescaped end of CDATA"] =
            $"<message {Eve}><body>]]></body></message>",
        ["a comment"] =
            $"<message {Eve}><body>a<!-- </body> -- > --->b</body></message>",
        ["a processing instruction"] =
            $"<message {Eve}><body><?php > </body> ?></body></message>",
        ["an XML declaration"] =
            $"<message {Eve}><?xml version='1.0'?></message>",
        ["nesting"] =
            $"{Iq}{Repeated("<x>", 5000)}{Repeated("</x>", 5000)}</iq>",
        ["a hundred levels"] =
            $"{Iq}{Repeated("<x>", 100)}{Repeated("</x>", 100)}</iq>",
        ["a megabyte and a half of text"] =
            $"<message {Eve}><body>{Repeated("&quot;", 262_144)}</body></message>",
        ["an attribute of 200 KB"] =
            $"<message {Eve}><x a='{Repeated("a", 200_000)}'/></message>",
        ["ten thousand attributes"] =
            $"{Iq}<q {string.Concat(Enumerable.Range(0, 10_000).Select(i => $"a{i}='' "))}/></iq>",
        ["a huge id"] =
            $"<iq type='get' id='{Repeated("i", 50_000)}' {Eve}><q xmlns='x'/></iq>",
        ["an id of odd characters"] =
            $"<iq type='get' id='&#9;&#10;&#13;&lt;&quot;&apos;' {Eve}><q xmlns='x'/></iq>",
        ["no id"] =
            $"<iq type='get' {Eve}><q xmlns='x'/></iq>",
        ["no sender"] =
            "<iq type='get' id='1' to='upload.example.org'><q xmlns='x'/></iq>",
        ["a sender that is no address"] =
            "<iq type='get' id='1' from='@@//' to='upload.example.org'><q/></iq>",
        ["a sender of odd characters"] =
            "<iq type='get' id='1' from='&#10;@&#x85;/&#x2028;' to='upload.example.org'><q/></iq>",
        ["a receiver that is no address"] =
            "<iq type='get' id='1' from='eve@example.org/x' to='@'><q/></iq>",
        ["a name of 60,000 characters"] =
            $"{Iq}<{Repeated("n", 60_000)} xmlns='x'/></iq>",
        ["a namespace of 60,000 characters"] =
            $"{Iq}<q xmlns='{Repeated("n", 60_000)}'/></iq>",
        ["another stanza's name"] =
            $"<error {Eve}><x/></error>",
        ["a request of two elements"] =
            $"{Iq}<a xmlns='x' xmlns:p='u' p:xmlns='v'/><b xmlns='y'/></iq>",
        ["a slot for a file without end"] =
            $"{Iq}<request xmlns='{Ns}' xmlns:p='u' p:xmlns='v' filename='a' size='{Repeated("9", 50_000)}'/></iq>",
        ["a slot of a namespace's own attributes"] =
            $"{Iq}<request xmlns='{Ns}' xmlns:p='u' p:filename='a' p:xmlns='v' size='x'><p:xmlns p:xmlns=''/></request>"
                + "</iq>",
    };

    private static string Repeated(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
