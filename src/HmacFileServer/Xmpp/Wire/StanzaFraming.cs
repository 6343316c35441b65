namespace HmacFileServer.Xmpp.Wire;

/// <summary>
/// Finds where the header of a stream and each stanza end, byte by byte, and measures them on the way. So that each is
/// parsed by a reader of its own: one XmlReader over the whole stream hands a stanza over too late, keeps every name
/// for ever, and has no bound on depth. Sees only as much of XML as that takes; whether it is well-formed the reader
/// says.
/// </summary>
internal sealed class StanzaFraming
{
    private enum State
    {
        Between,        // character data, or nothing
        TagStart,       // after "<"
        StartTag,
        StartTagSlash,  // after "/" in a start tag
        DoubleQuoted,
        SingleQuoted,
        EndTag,
        Bang,           // after "<!"
        CData,
        Comment,
        Instruction,    // "<?" within a stanza
        Declaration,    // "<?xml"
    }

    private static ReadOnlySpan<byte> CDataStart => "[CDATA["u8;

    private static ReadOnlySpan<byte> CommentStart => "--"u8;

    private State state = State.Between;
    private bool hasHeader;
    private int depth;
    private int matched;
    private bool isComment; // what "<!" begins
    private byte before;

    /// <summary>How deep the elements of the current stanza are nested.</summary>
    public int Depth { get; private set; }

    /// <summary>How many elements the current stanza has.</summary>
    public int Elements { get; private set; }

    /// <summary>Whether a comment or a processing instruction is in the current stanza.</summary>
    public bool HasRestricted { get; private set; }

    /// <summary>Whether anything of a stanza has come.</summary>
    public bool IsInside => depth > 0 || state != State.Between;

    /// <exception cref="XmppStreamException">What no XMPP stream contains.</exception>
    public Frame Feed(byte next)
    {
        var frame = Step(next);
        before = next;
        return frame;
    }

    private Frame Step(byte next)
    {
        switch (state)
        {
            case State.Between:
                Between(next);
                return Frame.None;
            case State.TagStart:
                return TagStart(next);
            case State.StartTag or State.StartTagSlash:
                return StartTag(next);
            case State.DoubleQuoted when next == '"':
            case State.SingleQuoted when next == '\'':
                state = State.StartTag;
                return Frame.None;
            case State.EndTag when next == '>':
                state = State.Between;
                return --depth switch
                {
                    0 => Frame.Stanza,
                    < 0 => Frame.End,
                    _ => Frame.None,
                };
            case State.Bang:
                Bang(next);
                return Frame.None;
            case State.CData:
                UntilTwo(']', next);
                return Frame.None;
            case State.Comment:
                UntilTwo('-', next);
                return Frame.None;
            case State.Instruction when next == '>' && before == '?':
                state = State.Between;
                return Frame.None;
            case State.Declaration when next == '>' && before == '?':
                state = State.Between;
                return Frame.Declaration;
            default:
                return Frame.None;
        }
    }

    private void Between(byte next)
    {
        if (next == '<')
        {
            state = State.TagStart;
        }
        else if (depth == 0 && next is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
        {
            throw new XmppStreamException("text where a stanza should be");
        }
    }

    private Frame TagStart(byte next)
    {
        state = next switch
        {
            (byte)'/' when hasHeader => State.EndTag,
            (byte)'!' when hasHeader && depth > 0 => State.Bang,
            (byte)'?' when hasHeader && depth > 0 => State.Instruction,
            (byte)'?' when !hasHeader => State.Declaration,
            (byte)'!' or (byte)'?' => throw Restricted(),
            (byte)'<' or (byte)'>' => throw new XmppStreamException("a tag without a name"),
            _ => State.StartTag,
        };
        if (state == State.StartTag)
        {
            (Depth, Elements, HasRestricted) = depth == 0 ? (0, 1, false) : (Depth, Elements + 1, HasRestricted);
        }

        HasRestricted |= state == State.Instruction;

        return Frame.None;
    }

    private Frame StartTag(byte next)
    {
        var isEmpty = state == State.StartTagSlash;
        state = next switch
        {
            (byte)'"' => State.DoubleQuoted,
            (byte)'\'' => State.SingleQuoted,
            (byte)'/' => State.StartTagSlash,
            (byte)'>' => State.Between,
            (byte)'<' => throw new XmppStreamException("a tag within a tag"),
            _ => State.StartTag,
        };
        if (next != '>')
        {
            return Frame.None;
        }

        if (!hasHeader)
        {
            hasHeader = true;
            return isEmpty ? throw new XmppStreamException("the stream ended in its header") : Frame.Header;
        }

        Depth = Math.Max(Depth, depth + 1);
        if (!isEmpty)
        {
            depth++;
            return Frame.None;
        }

        return depth == 0 ? Frame.Stanza : Frame.None;
    }

    private void Bang(byte next)
    {
        isComment = matched == 0 ? next == '-' : isComment;
        var start = isComment ? CommentStart : CDataStart;
        if (next != start[matched++])
        {
            throw Restricted();
        }

        if (matched == start.Length)
        {
            matched = 0;
            state = isComment ? State.Comment : State.CData;
            HasRestricted |= isComment;
        }
    }

    /// <summary>CDATA ends with "]]&gt;", a comment with "--&gt;".</summary>
    private void UntilTwo(char end, byte next)
    {
        if (next == end)
        {
            matched++;
            return;
        }

        state = next == '>' && matched >= 2 ? State.Between : state;
        matched = 0;
    }

    /// <summary>
    /// RFC 6120 section 11.1: no comments, processing instructions or document types, and so no entities. Between
    /// stanzas they are the server's own and end the stream, and so does a document type, whose end is hard to tell.
    /// </summary>
    private static XmppStreamException Restricted() =>
        new("restricted XML: a comment, a declaration or a document type");
}

/// <summary>What ended with a byte.</summary>
internal enum Frame
{
    None,

    /// <summary>"&lt;?xml … ?&gt;"</summary>
    Declaration,

    /// <summary>The start tag of the stream.</summary>
    Header,

    Stanza,

    /// <summary>The stream itself.</summary>
    End,
}
