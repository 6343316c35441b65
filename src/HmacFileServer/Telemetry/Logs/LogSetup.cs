using System.Globalization;
using System.Text;
using HmacFileServer.Settings;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;
using Serilog.Sinks.File;

namespace HmacFileServer.Telemetry.Logs;

/// <summary>
/// Serilog to the console, which may be the journal, and, if asked, to a rolling file; both through
/// <see cref="LogQueue"/> and <see cref="RedactingFormatter"/>.
/// </summary>
internal static class LogSetup
{
    private const string Template =
        "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} [{Level:u3}] {Message:lj}{" + RequestSuffix.Property
            + "}{NewLine}{Exception}";

    // The journal has time and level of its own.
    private const string JournalTemplate = "{Message:lj}{" + RequestSuffix.Property + "}{NewLine}{Exception}";

    /// <param name="current">The settings in force, whose secrets must not pass.</param>
    public static Logger Create(ServerSettings settings, Func<ServerSettings> current)
    {
        var logging = settings.Logging;
        var level = Level(logging.Level);
        var redaction = new Redaction(current);
        ITextFormatter Formatter(string template) => new RedactingFormatter(
            logging.Format == LogFormat.Json
                ? new JsonFormatter(renderMessage: true)
                : new OneLineValues(new MessageTemplateTextFormatter(template, CultureInfo.InvariantCulture)),
            redaction);
        var console = JournalFormatter.IsJournal()
            ? new JournalFormatter(Formatter(JournalTemplate))
            : Formatter(Template);

        // The framework tells of every request at Information; our one line a file says more.
        var framework = level <= LogEventLevel.Debug
            ? level
            : (LogEventLevel)Math.Max((int)level, (int)LogEventLevel.Warning);
        var serilog = new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", framework)
            .MinimumLevel.Override("System", framework)
            .Filter.ByExcluding(IsFailedStart)
            .Filter.ByExcluding(IsFaultOfPeer)
            .Enrich.With(new RequestIdentity());
        if (logging.Format == LogFormat.Text)
        {
            serilog.Enrich.With(new RequestSuffix());
        }

        var file = FileLog(logging, Formatter(Template));
        return serilog.WriteTo.Sink(new LogQueue(Console.Out, console, file)).CreateLogger();
    }

    private static Logger? FileLog(LoggingSettings logging, ITextFormatter formatter) => logging.File is not { } file
        ? null
        : new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.File(
            formatter,
            file,
            fileSizeLimitBytes: logging.MaxSize.Bytes,
            rollOnFileSizeLimit: true,
            retainedFileCountLimit: logging.MaxFiles,
            hooks: new ClosedToOthers()).CreateLogger();

    /// <summary>A new file, before its first line. Of a file that is there, the mode is its operator's.</summary>
    private sealed class ClosedToOthers : FileLifecycleHooks
    {
        public override Stream OnFileOpened(string path, Stream underlyingStream, Encoding encoding)
        {
            if (underlyingStream is FileStream { Length: 0 } file)
            {
                File.SetUnixFileMode(
                    file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            }

            return underlyingStream;
        }
    }

    /// <summary>
    /// Kestrel takes some malformed HTTP/2, such as trailers where a body was announced, for an error of its own, and
    /// writes a stack for each.
    /// </summary>
    private static bool IsFaultOfPeer(LogEvent line) => line.Level >= LogEventLevel.Warning
        && line.Exception?.GetType().Name == "Http2ConnectionErrorException";

    /// <summary>
    /// The host's own report of a failed start, a page of stack: the command says it in one sentence.
    /// </summary>
    private static bool IsFailedStart(LogEvent line) => line.Exception is not null
        && line.MessageTemplate.Text.StartsWith("Hosting failed to start", StringComparison.Ordinal);

    private static LogEventLevel Level(LogLevel level) => level switch
    {
        LogLevel.Trace => LogEventLevel.Verbose,
        LogLevel.Debug => LogEventLevel.Debug,
        LogLevel.Information => LogEventLevel.Information,
        LogLevel.Warning => LogEventLevel.Warning,
        LogLevel.Error => LogEventLevel.Error,
        _ => LogEventLevel.Fatal,
    };
}
