using Microsoft.Extensions.Logging;

namespace HmacFileServer.Tests.Support;

internal sealed record LogLine(int Id, LogLevel Level, string Category, string Text, Exception? Exception);

/// <summary>Every event of the server's log, as the framework hands them to a provider.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private readonly Lock gate = new();
    private readonly List<LogLine> lines = [];
    private readonly List<(int Id, int Count, TaskCompletionSource<LogLine> Seen)> waiting = [];

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

    /// <summary>Waits until there are that many events with this id.</summary>
    /// <returns>The last of them.</returns>
    public Task<LogLine> EventAsync(int id, int count = 1)
    {
        lock (gate)
        {
            var there = lines.Where(line => IsOurs(line, id)).ToArray();
            if (there.Length >= count)
            {
                return Task.FromResult(there[count - 1]);
            }

            var seen = new TaskCompletionSource<LogLine>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((id, count, seen));
            return WithinPatienceAsync(seen.Task, id);
        }
    }

    private async Task<LogLine> WithinPatienceAsync(Task<LogLine> seen, int id)
    {
        try
        {
            return await seen.WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException e)
        {
            var ours = Lines.Select(line => $"{line.Id} {line.Category}: {line.Text} {line.Exception?.Message}");
            throw new TimeoutException($"no event {id}, but:\n{string.Join('\n', ours)}", e);
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
            foreach (var (id, count, seen) in waiting)
            {
                if (IsOurs(line, id) && lines.Count(other => IsOurs(other, id)) >= count)
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
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            log.Add(new LogLine(eventId.Id, logLevel, category, formatter(state, exception), exception));
    }
}
