using Serilog.Events;
using Serilog.Formatting;

namespace HmacFileServer.Telemetry.Logs;

/// <summary>
/// For the text format, in which a value stands as it is: what is in one cannot begin a new line. JSON escapes that
/// by itself, and keeps the value exact.
/// </summary>
internal sealed class OneLineValues(ITextFormatter inner) : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        List<LogEventProperty>? changed = null;
        foreach (var (name, value) in logEvent.Properties)
        {
            if (Visible(value) is var visible && !ReferenceEquals(visible, value))
            {
                (changed ??= []).Add(new LogEventProperty(name, visible));
            }
        }

        changed?.ForEach(logEvent.AddOrUpdateProperty);
        inner.Format(logEvent, output);
    }

    /// <returns>The value itself where it needs no change.</returns>
    private static LogEventPropertyValue Visible(LogEventPropertyValue value) =>
        value is ScalarValue { Value: string text } && VisibleText.Line(text) is var line
            && !ReferenceEquals(line, text)
            ? new ScalarValue(line)
            : value;
}
