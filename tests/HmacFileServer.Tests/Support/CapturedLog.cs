using Microsoft.Extensions.Logging;

namespace HmacFileServer.Tests.Support;

internal sealed record LogLine(int Id, LogLevel Level, string Category, string Text, Exception? Exception);

/// <summary>Every event of the server's log, as the framework hands them to a provider.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private readonly Lock gate = new();
    private readonly List<LogLine> lines = [];
    private readonly List<(Func<LogLine, bool> Wanted, TaskCompletionSource<LogLine> Seen)> waiting = [];

    public IReadOnlyList<LogLine> Lines
    {
        get
        {
            lock (gate)
            {
                return [.. lines];
            }
        }
    }

    /// <summary>The events with this id of Log.cs.</summary>
    public IEnumerable<string> Of(int id) => Lines.Where(line => IsOurs(line, id)).Select(line => line.Text);

    /// <summary>Waits for an event that is there or comes.</summary>
    public Task<LogLine> EventAsync(int id)
    {
        lock (gate)
        {
            if (lines.Find(line => IsOurs(line, id)) is { } there)
            {
                return Task.FromResult(there);
            }

            var seen = new TaskCompletionSource<LogLine>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((line => IsOurs(line, id), seen));
            return seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

    public void Dispose()
    {
    }

    private static bool IsOurs(LogLine line, int id) =>
        line.Id == id && line.Category.StartsWith("HmacFileServer", StringComparison.Ordinal);

    private void Add(LogLine line)
    {
        lock (gate)
        {
            lines.Add(line);
            foreach (var (wanted, seen) in waiting)
            {
                if (wanted(line))
                {
                    seen.TrySetResult(line);
                }
            }
        }
    }

    private sealed class Writer(CapturedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add(new LogLine(eventId.Id, logLevel, category, formatter(state, exception), exception));
    }
}
