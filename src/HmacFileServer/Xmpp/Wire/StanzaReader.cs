using System.Text;
using System.Xml;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Xmpp.Wire;

/// <summary>
/// Reads a stream stanza by stanza, each as soon as its last byte is there. Memory stays below
/// <see cref="MaxStanzaBytes"/>, whatever comes.
/// </summary>
/// <param name="receive">Waits for bytes and puts them where it is told; 0 at the end.</param>
internal sealed class StanzaReader(Func<Memory<byte>, CancellationToken, ValueTask<int>> receive, ILogger log)
{
    // Prosody passes on stanzas of 512 KiB and ejabberd of 256 KiB; a peer that goes beyond is none of them.
    private const int MaxStanzaBytes = 1 << 20;

    // Anybody can send us these through a decent server, so they must not cost the connection. None is for us.
    private const int MaxParsedBytes = 64 << 10;
    private const int MaxDepth = 32;
    private const int MaxElements = 1000;

    private const int UsualBytes = 8 << 10;

    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly XmlReaderSettings Settings = new()
    {
        ConformanceLevel = ConformanceLevel.Fragment,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
    };

    private readonly StanzaFraming framing = new();
    private readonly Dictionary<string, string> prefixes = new(StringComparer.Ordinal);
    private byte[] buffer = new byte[UsualBytes];
    private int start;
    private int scanned;
    private int end;

    /// <summary>The stream's header, its attributes and no content.</summary>
    /// <exception cref="XmppStreamException">Not a stream's header, or none came.</exception>
    public async ValueTask<StanzaElement> ReadHeaderAsync(CancellationToken cancel)
    {
        var frame = await FrameAsync(cancel);
        if (frame == Frame.Declaration)
        {
            start = scanned;
            frame = await FrameAsync(cancel);
        }

        if (frame != Frame.Header)
        {
            throw new XmppStreamException("the connection ended before the stream began");
        }

        var tag = Text();
        start = scanned;
        var header = Parse($"{tag[..^1]}/>", new NameTable(), keepPrefixes: true);
        return header.Is("stream", XmppNamespaces.Streams)
            ? header
            : throw new XmppStreamException("the answer is not an XMPP stream");
    }

    /// <returns>Null at the end of the stream.</returns>
    /// <exception cref="XmppStreamException">The peer broke a rule.</exception>
    public async ValueTask<StanzaElement?> ReadAsync(CancellationToken cancel)
    {
        while (await FrameAsync(cancel) == Frame.Stanza)
        {
            var (size, depth, elements) = (scanned - start, framing.Depth, framing.Elements);
            if (size > MaxParsedBytes || depth > MaxDepth || elements > MaxElements)
            {
                log.StanzaSkipped(size, depth, elements);
                start = scanned;
                continue;
            }

            var text = Text();
            start = scanned;
            return Parse(text, new NameTable(), keepPrefixes: false);
        }

        return null;
    }

    /// <returns><see cref="Frame.End"/> also when the connection ends.</returns>
    private async ValueTask<Frame> FrameAsync(CancellationToken cancel)
    {
        while (true)
        {
            while (scanned < end)
            {
                var frame = framing.Feed(buffer[scanned++]);
                if (frame != Frame.None)
                {
                    return frame;
                }

                if (!framing.IsInside)
                {
                    start = scanned; // white space between stanzas
                }
            }

            MakeRoom();
            var read = await receive(buffer.AsMemory(end), cancel);
            if (read == 0)
            {
                return Frame.End;
            }

            end += read;
        }
    }

    private void MakeRoom()
    {
        if (end - start >= MaxStanzaBytes)
        {
            throw new XmppStreamException($"a stanza of more than {MaxStanzaBytes} bytes");
        }

        var kept = buffer.AsSpan(start..end);
        if (kept.Length < UsualBytes / 2 && buffer.Length > UsualBytes)
        {
            buffer = [.. kept, .. new byte[UsualBytes - kept.Length]]; // a large stanza has gone
        }
        else if (kept.Length > buffer.Length / 2 && buffer.Length < MaxStanzaBytes)
        {
            var larger = new byte[Math.Min(buffer.Length * 2, MaxStanzaBytes)];
            kept.CopyTo(larger);
            buffer = larger;
        }
        else
        {
            kept.CopyTo(buffer);
        }

        (scanned, end, start) = (scanned - start, end - start, 0);
    }

    private string Text()
    {
        try
        {
            return Strict.GetString(buffer.AsSpan(start..scanned));
        }
        catch (DecoderFallbackException)
        {
            throw new XmppStreamException("bytes that are not UTF-8"); // RFC 6120 section 11.6
        }
    }

    private StanzaElement Parse(string text, NameTable names, bool keepPrefixes)
    {
        try
        {
            var namespaces = new XmlNamespaceManager(names);
            foreach (var (prefix, xmlns) in prefixes)
            {
                namespaces.AddNamespace(prefix, xmlns);
            }

            var context = new XmlParserContext(names, namespaces, xmlLang: null, XmlSpace.None);
            using var reader = XmlReader.Create(new StringReader(text), Settings, context);
            reader.MoveToContent();
            if (keepPrefixes)
            {
                var scope = ((IXmlNamespaceResolver)reader).GetNamespacesInScope(XmlNamespaceScope.ExcludeXml);
                foreach (var (prefix, xmlns) in scope)
                {
                    prefixes[prefix] = xmlns;
                }
            }

            return StanzaElement.Read(reader);
        }
        catch (Exception e) when (e is XmlException or ArgumentException)
        {
            throw new XmppStreamException("XML that is not well-formed");
        }
    }
}
