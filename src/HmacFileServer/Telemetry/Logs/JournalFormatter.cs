using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;

namespace HmacFileServer.Telemetry.Logs;

/// <summary>
/// Says how grave a line is as the journal understands it: <c>&lt;3&gt;</c> before each line, sd-daemon(3). "journalctl
/// -p warning" then finds what an operator should look at.
/// </summary>
internal sealed class JournalFormatter(ITextFormatter inner) : ITextFormatter
{
    public const string Variable = "JOURNAL_STREAM";

    /// <summary>
    /// Whether standard output goes to the journal: systemd names the device and inode of the socket it made.
    /// </summary>
    /// <param name="stream">The value of <see cref="Variable"/>.</param>
    /// <param name="output">What /proc/self/fd/1 points to, <c>socket:[inode]</c>.</param>
    public static bool IsJournal(string? stream, string? output) =>
        stream?.Split(':') is [_, var inode] && output == $"socket:[{inode}]";

    public static bool IsJournal() =>
        IsJournal(Environment.GetEnvironmentVariable(Variable), new FileInfo("/proc/self/fd/1").LinkTarget);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var buffer = new StringWriter(CultureInfo.InvariantCulture);
        inner.Format(logEvent, buffer);
        var prefix = $"<{Priority(logEvent.Level)}>";

        // The journal takes each line for an entry: a stack trace without the prefix would count as information.
        foreach (var line in buffer.ToString().AsSpan().TrimEnd('\n').EnumerateLines())
        {
            output.Write(prefix);
            output.Write(line);
            output.Write('\n');
        }
    }

    // syslog(3)
    private static int Priority(LogEventLevel level) => level switch
    {
        LogEventLevel.Fatal => 2,
        LogEventLevel.Error => 3,
        LogEventLevel.Warning => 4,
        LogEventLevel.Information => 6,
        _ => 7,
    };
}
