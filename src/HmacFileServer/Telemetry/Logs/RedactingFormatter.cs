using HmacFileServer.Settings.Values;
using Serilog.Events;
using Serilog.Formatting;

namespace HmacFileServer.Telemetry.Logs;

/// <summary>
/// The last gate before anything is written: whatever a library put into its message or an exception, no signature,
/// token or secret passes, no control character, and no line that looks like one of another event.
/// </summary>
internal sealed class RedactingFormatter(ITextFormatter inner, Redaction redaction) : ITextFormatter
{
    private const string Indent = "  ";

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var buffer = new StringWriter();
        inner.Format(logEvent, buffer);
        WriteIndented(redaction.Clean(buffer.ToString()), output);
    }

    public static string Redact(string line, IReadOnlyList<Secret> secrets) =>
        VisibleText.Lines(Credentials.Hide(line, secrets));

    /// <summary>
    /// The second line of a message of an exception, which may be a stranger's words, must not pass for an event.
    /// </summary>
    private static void WriteIndented(string text, TextWriter output)
    {
        var rest = text.AsSpan();
        for (; rest.IndexOf('\n') is >= 0 and var end; rest = rest[(end + 1)..])
        {
            output.Write(rest[..(end + 1)]);
            if (end + 1 < rest.Length && rest[end + 1] is not (' ' or '\n'))
            {
                output.Write(Indent);
            }
        }

        output.Write(rest);
    }
}
