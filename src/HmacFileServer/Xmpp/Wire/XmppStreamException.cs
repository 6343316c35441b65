namespace HmacFileServer.Xmpp.Wire;

/// <summary>The stream can't go on: the peer broke a rule, or said that we did, or is silent.</summary>
internal sealed class XmppStreamException(string reason) : IOException(reason)
{
    /// <summary>
    /// Another component has taken our place: come back slowly, or the two throw each other out for ever.
    /// </summary>
    public bool IsConflict { get; init; }
}
