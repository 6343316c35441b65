namespace HmacFileServer.Xmpp.Wire;

/// <summary>One that is well framed, and no request of ours.</summary>
/// <param name="Tag">Its first tag, if that could be read: whoever sent a request waits for an answer.</param>
internal sealed record SkippedStanza(SkipReason Reason, string Why, long Bytes, StanzaElement? Tag);

/// <summary>A label of the metric.</summary>
internal enum SkipReason
{
    /// <summary>Too long, too deep, or of too many elements.</summary>
    Size,

    /// <summary>Not well-formed for our parser, or what RFC 6120 section 11 forbids.</summary>
    Xml,
}
