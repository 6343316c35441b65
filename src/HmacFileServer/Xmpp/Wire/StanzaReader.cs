using System.Text;
using System.Xml;

namespace HmacFileServer.Xmpp.Wire;

/// <summary>
/// Reads a stream stanza by stanza, each as soon as its last byte is there. Strangers write the stanzas: what our
/// parser can't read is skipped, and only what breaks the framing ends the stream. Memory stays below twice
/// <see cref="MaxParsedBytes"/>, whatever comes.
/// </summary>
/// <param name="receive">Waits for bytes and puts them where it is told; 0 at the end.</param>
/// <param name="skipped">Hears of each stanza that is passed over.</param>
internal sealed class StanzaReader(
    Func<Memory<byte>, CancellationToken, ValueTask<int>> receive, Action<SkippedStanza> skipped)
{
    // Prosody takes stanzas of 512 KiB from other servers, and as it writes every namespace out where it is used, and
    // six bytes for a quotation mark, passes on many times that. Skipping costs no memory; what is still longer never
    // ends.
    private const int MaxStanzaBytes = 64 << 20;

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
    private long dropped; // of the current stanza, in front of "end"

    private long Size => scanned - start + dropped;

    /// <summary>The stream's header, its attributes and no content.</summary>
    /// <exception cref="XmppStreamException">Not a stream's header, or none came.</exception>
    public async ValueTask<StanzaElement> ReadHeaderAsync(CancellationToken cancel)
    {
        var frame = await FrameAsync(cancel);
        if (frame == Frame.Declaration)
        {
            Pass();
            frame = await FrameAsync(cancel);
        }

        if (frame != Frame.Header || dropped > 0)
        {
            throw new XmppStreamException("the connection ended before the stream began");
        }

        var header = ParseHeader();
        Pass();
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
            var stanza = Parse(out var skip);
            Pass();
            if (stanza is not null)
            {
                return stanza;
            }

            skipped(skip!);
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
                    Pass(); // white space between stanzas
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

    private void Pass() => (start, dropped) = (scanned, 0);

    private void MakeRoom()
    {
        if (Size >= MaxStanzaBytes)
        {
            throw new XmppStreamException($"a stanza of more than {MaxStanzaBytes} bytes");
        }

        if (end - start > MaxParsedBytes)
        {
            dropped += end - start - MaxParsedBytes; // it will be skipped; its beginning says who sent it
            scanned = end = start + MaxParsedBytes;
        }

        var kept = buffer.AsSpan(start..end);
        if (kept.Length < UsualBytes / 2 && buffer.Length > UsualBytes)
        {
            buffer = [.. kept, .. new byte[UsualBytes - kept.Length]]; // a large stanza has gone
        }
        else if (kept.Length > buffer.Length / 2 && buffer.Length < MaxParsedBytes * 2)
        {
            var larger = new byte[buffer.Length * 2];
            kept.CopyTo(larger);
            buffer = larger;
        }
        else
        {
            kept.CopyTo(buffer);
        }

        (scanned, end, start) = (scanned - start, end - start, 0);
    }

    private StanzaElement ParseHeader()
    {
        try
        {
            using var reader = Reader($"{Strict.GetString(buffer.AsSpan(start..(scanned - 1)))}/>");
            reader.MoveToContent();
            var scope = ((IXmlNamespaceResolver)reader).GetNamespacesInScope(XmlNamespaceScope.ExcludeXml);
            foreach (var (prefix, xmlns) in scope)
            {
                prefixes[prefix] = xmlns;
            }

            return StanzaElement.Read(reader);
        }
        catch (Exception e) when (e is XmlException or ArgumentException)
        {
            throw new XmppStreamException("XML that is not well-formed");
        }
    }

    /// <returns>Null when it is to be skipped.</returns>
    private StanzaElement? Parse(out SkippedStanza? skip)
    {
        skip = null;
        if (Size > MaxParsedBytes || framing.Depth > MaxDepth || framing.Elements > MaxElements)
        {
            skip = new(SkipReason.Size, $"{framing.Depth} levels, {framing.Elements} elements", Size, ParseTag());
            return null;
        }

        if (framing.HasRestricted)
        {
            skip = new(SkipReason.Xml, "with a comment or a processing instruction", Size, ParseTag());
            return null;
        }

        try
        {
            using var reader = Reader(Strict.GetString(buffer.AsSpan(start..scanned)));
            return StanzaElement.Read(reader);
        }
        catch (Exception)
        {
            // Whatever our parser throws at what strangers write: the next stanza is another one.
            skip = new(SkipReason.Xml, "not well-formed, or not UTF-8", Size, ParseTag());
            return null;
        }
    }

    private StanzaElement? ParseTag()
    {
        try
        {
            var bytes = buffer.AsSpan(start, (int)Math.Min(Size, MaxParsedBytes));
            using var reader = Reader(Encoding.UTF8.GetString(bytes)); // may end amidst a character
            return StanzaElement.ReadTag(reader);
        }
        catch (Exception)
        {
            return null;
        }
    }

    private XmlReader Reader(string text)
    {
        var names = new NameTable(); // a stranger's names live as long as the stanza
        var namespaces = new XmlNamespaceManager(names);
        foreach (var (prefix, xmlns) in prefixes)
        {
            namespaces.AddNamespace(prefix, xmlns);
        }

        return XmlReader.Create(
            new StringReader(text), Settings, new XmlParserContext(names, namespaces, xmlLang: null, XmlSpace.None));
    }
}
