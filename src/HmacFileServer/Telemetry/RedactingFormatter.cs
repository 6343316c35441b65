using System.Text.RegularExpressions;
using HmacFileServer.Settings;
using Serilog.Events;
using Serilog.Formatting;

namespace HmacFileServer.Telemetry;

/// <summary>
/// The last gate before anything is written: whatever a library put into its message, no signature, token or secret passes.
/// A PUT URL's <c>v</c> is permission to write, for ever.
/// </summary>
internal sealed partial class RedactingFormatter(ITextFormatter inner, IReadOnlyList<Secret> secrets) : ITextFormatter
{
    private const string Redacted = "[redacted]";

    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking;

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var buffer = new StringWriter();
        inner.Format(logEvent, buffer);
        output.Write(Redact(buffer.ToString(), secrets));
    }

    public static string Redact(string line, IReadOnlyList<Secret> secrets)
    {
        if (line.Contains('=', StringComparison.Ordinal) || line.Contains("earer", StringComparison.OrdinalIgnoreCase))
        {
            line = Signature().Replace(line, "${name}" + Redacted);
            line = Bearer().Replace(line, "${name}" + Redacted);
        }

        foreach (var secret in secrets)
        {
            if (secret.IsIn(line))
            {
                line = secret.Remove(line, Redacted);
            }
        }

        return line;
    }

    // The value of a signing parameter, wherever it stands after "?" or "&", also with the "&" escaped as JSON does.
    [GeneratedRegex(@"(?<name>([?&]|\\u0026|&amp;)(v|v2|v3|token|jwt|key)=)[^&\s""'\\<>]+", Options)]
    private static partial Regex Signature();

    [GeneratedRegex(@"(?<name>Bearer\s+)[A-Za-z0-9+/=._~-]+", Options)]
    private static partial Regex Bearer();
}
