using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Chat.Wire;

/// <summary>The conversation with the XMPP server can't go on, and this is what the operator is told.</summary>
internal sealed class ChatException(Finding finding) : IOException(finding.Title)
{
    public ChatException(string code, Link link, string title, string? effect = null, string? remedy = null)
        : this(new Finding(Severity.Failure, code, link, title) { Effect = effect, Remedy = remedy })
    {
    }

    public Finding Finding { get; } = finding;
}
