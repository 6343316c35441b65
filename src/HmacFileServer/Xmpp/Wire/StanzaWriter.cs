using System.Text;
using System.Xml;

namespace HmacFileServer.Xmpp.Wire;

/// <summary>Gathers what is to be sent, so that the answers to many stanzas leave in one packet.</summary>
internal sealed class StanzaWriter
{
    private const int UsualCapacity = 32 << 10;

    private static readonly XmlWriterSettings Settings = new()
    {
        ConformanceLevel = ConformanceLevel.Fragment,
        OmitXmlDeclaration = true,
    };

    private readonly StringBuilder pending = new();

    /// <summary>In characters.</summary>
    public int Length => pending.Length;

    /// <summary>Not XML of its own: the stream's header and its end.</summary>
    public void WriteRaw(string text) => pending.Append(text);

    /// <summary>All of it, or nothing when it fails on the way: half a stanza would end the stream.</summary>
    public void Write(Action<XmlWriter> stanza)
    {
        var before = pending.Length;
        try
        {
            using var writer = XmlWriter.Create(pending, Settings);
            stanza(writer);
        }
        catch
        {
            pending.Length = before;
            throw;
        }
    }

    public async Task SendAsync(Stream stream, CancellationToken cancel)
    {
        var bytes = Encoding.UTF8.GetBytes(pending.ToString());
        pending.Clear();
        if (pending.Capacity > UsualCapacity)
        {
            pending.Capacity = UsualCapacity;
        }

        await stream.WriteAsync(bytes, cancel);
    }
}
