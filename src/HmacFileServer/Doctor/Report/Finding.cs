namespace HmacFileServer.Doctor.Report;

/// <summary>How bad it is. The command's exit status is the worst of them: 0, 0, 1, 2.</summary>
internal enum Severity
{
    /// <summary>Looked at, and in order.</summary>
    Good,

    /// <summary>Worth knowing; nothing breaks.</summary>
    Note,

    /// <summary>Some uploads or some clients fail.</summary>
    Warning,

    /// <summary>Uploads fail.</summary>
    Failure,
}

/// <summary>Which part of the way from a phone to the disk a finding is about.</summary>
internal enum Link
{
    Server,
    Store,
    Machine,
    Proxy,
    Network,
    Client,
    XmppServer,
}

/// <summary>A line of a file.</summary>
internal sealed record Place(string File, int Line)
{
    public override string ToString() => Line > 0 ? $"{File}:{Words.Number(Line)}" : File;
}

/// <summary>
/// One thing that was found, for a person: what it is, what it does to an upload, where it stands, what to put there.
/// </summary>
/// <param name="Code">Never changes; for scripts and for the documentation.</param>
internal sealed record Finding(Severity Severity, string Code, Link Link, string Title)
{
    /// <summary>What it does, in the words and numbers of an upload.</summary>
    public string? Effect { get; init; }

    public Place? Place { get; init; }

    /// <summary>What to do, where it is not one line of a file.</summary>
    public string? Remedy { get; init; }

    public Edit? Edit { get; init; }

    public static Finding Good(Link link, string title) => new(Severity.Good, "ok", link, title);
}
