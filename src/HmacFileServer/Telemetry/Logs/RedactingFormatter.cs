using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HmacFileServer.Settings.Values;
using Serilog.Events;
using Serilog.Formatting;

namespace HmacFileServer.Telemetry.Logs;

/// <summary>
/// The last gate before anything is written: whatever a library put into its message, no signature, token or secret
/// passes. A PUT URL's <c>v</c> is permission to write, for ever.
/// </summary>
internal sealed partial class RedactingFormatter(ITextFormatter inner, Redaction redaction) : ITextFormatter
{
    private const string Redacted = "[redacted]";

    private const RegexOptions Options =
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking;

    // Bidirectional controls, Unicode Standard Annex 9.
    private static readonly SearchValues<char> DirectionMarks = SearchValues.Create(
        "\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069");

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var buffer = new StringWriter();
        inner.Format(logEvent, buffer);
        output.Write(redaction.Clean(buffer.ToString()));
    }

    public static string Redact(string line, IReadOnlyList<Secret> secrets)
    {
        if (line.Contains('=', StringComparison.Ordinal) || line.Contains("earer", StringComparison.OrdinalIgnoreCase))
        {
            line = Signature().Replace(line, "${name}" + Redacted);
            line = Bearer().Replace(line, "${name}" + Redacted);
        }

        if (line.Contains("jwt/", StringComparison.Ordinal))
        {
            line = PathToken().Replace(line, "${name}" + Redacted);
        }

        foreach (var secret in secrets)
        {
            if (secret.IsIn(line))
            {
                line = secret.Remove(line, Redacted);
            }
        }

        return Visible(line);
    }

    /// <summary>
    /// File names are strangers' text: marks that turn the reading direction would let one forge a line.
    /// </summary>
    private static string Visible(string line)
    {
        if (!line.AsSpan().ContainsAny(DirectionMarks))
        {
            return line;
        }

        var visible = new StringBuilder(line.Length + 16);
        foreach (var character in line)
        {
            _ = DirectionMarks.Contains(character)
                ? visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}")
                : visible.Append(character);
        }

        return visible.ToString();
    }

    // The value of a signing parameter, wherever it stands after "?" or "&", also with the "&" escaped as JSON does.
    // No credential is shorter: a file called "Tom&v=2.webm" keeps its name.
    [GeneratedRegex(@"(?<name>([?&]|\\u0026|&amp;)(v|v2|v3|token|jwt|key)=)[A-Za-z0-9%._~+/=-]{16,}", Options)]
    private static partial Regex Signature();

    [GeneratedRegex(@"(?<name>\bjwt/)[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", Options)]
    private static partial Regex PathToken();

    [GeneratedRegex(@"(?<name>Bearer\s+)[A-Za-z0-9+/=._~-]+", Options)]
    private static partial Regex Bearer();
}
