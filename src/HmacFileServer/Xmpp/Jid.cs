using HmacFileServer.Telemetry.Logs;

namespace HmacFileServer.Xmpp;

/// <summary>
/// An XMPP address (RFC 7622). The XMPP server has prepared and checked it; we take it apart, and only see to it that
/// nothing is in it that can't be seen (RFC 8264 sections 9.12 and 9.13): it becomes the owner of files.
/// </summary>
internal readonly record struct Jid(string Bare, string Domain)
{
    private const int MaxBytes = 3071; // three parts of 1023 and their separators

    /// <summary>"alice@example.org/phone", also without its first or last part.</summary>
    public static bool TryParse(string? text, out Jid jid)
    {
        jid = default;
        if (text is not { Length: > 0 and <= MaxBytes })
        {
            return false;
        }

        // A resource may contain "@", a local part neither "/" nor "@".
        var bare = text.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? text[..slash] : text;
        var domain = bare[(bare.IndexOf('@', StringComparison.Ordinal) + 1)..];
        jid = new Jid(bare, domain);
        return domain.Length > 0 && !domain.Contains('@', StringComparison.Ordinal) && bare[0] != '@'
            && VisibleText.IsPlain(bare);
    }
}
