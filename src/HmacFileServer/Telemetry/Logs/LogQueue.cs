using System.Globalization;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;
using Serilog.Formatting;

namespace HmacFileServer.Telemetry.Logs;

/// <summary>
/// Writes the log on a thread of its own, many lines by one call: formatting and writing a line cost a small upload a
/// seventh of its time (docs/performance.md). Nothing is dropped: who logs while the queue is full waits. An error is
/// written before its event returns, and so is all before it, for a crash may be next; what else was logged is at most
/// <see cref="Linger"/> late.
/// </summary>
internal sealed class LogQueue : ILogEventSink, IDisposable
{
    private const int Most = 10_000;

    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly object gate = new();
    private readonly TextWriter console;
    private readonly ITextFormatter format;
    private readonly Logger? file;
    private readonly Thread thread;
    private List<LogEvent> queue = [];
    private long added;
    private long written;
    private int urgent; // who waits for the queue to be written
    private bool closed;

    /// <param name="file">Gets the events too, and is disposed with the queue.</param>
    public LogQueue(TextWriter console, ITextFormatter format, Logger? file)
    {
        this.console = console;
        this.format = format;
        this.file = file;
        thread = new Thread(Work) { Name = "log", IsBackground = true };
        thread.Start();
    }

    public void Emit(LogEvent logEvent)
    {
        lock (gate)
        {
            while (queue.Count >= Most && !closed)
            {
                WaitUrgently();
            }

            if (closed)
            {
                return; // the host is gone, and nobody can be told any more
            }

            queue.Add(logEvent);
            added++;
            if (queue.Count == 1)
            {
                Monitor.PulseAll(gate);
            }

            if (logEvent.Level >= LogEventLevel.Error)
            {
                for (var mine = added; written < mine;)
                {
                    WaitUrgently();
                }
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            Monitor.PulseAll(gate);
        }

        if (thread.Join(Farewell)) // a journal that takes nothing any more must not hold up the end
        {
            file?.Dispose();
        }
    }

    private void WaitUrgently()
    {
        urgent++;
        Monitor.PulseAll(gate);
        Monitor.Wait(gate);
        urgent--;
    }

    private void Work()
    {
        var batch = new List<LogEvent>();
        while (Take(ref batch))
        {
            Write(batch);
            lock (gate)
            {
                written += batch.Count;
                Monitor.PulseAll(gate);
            }

            batch.Clear();
        }
    }

    /// <returns><see langword="false"/> at the end of everything.</returns>
    private bool Take(ref List<LogEvent> batch)
    {
        lock (gate)
        {
            while (queue.Count == 0 && !closed)
            {
                Monitor.Wait(gate);
            }

            if (urgent == 0 && !closed)
            {
                Monitor.Wait(gate, Linger); // for company
            }

            (queue, batch) = (batch, queue);
            return batch.Count > 0;
        }
    }

    /// <summary>One that can't be formatted takes no other with it.</summary>
    private void Format(LogEvent line, StringWriter lines)
    {
        var before = lines.GetStringBuilder().Length;
        try
        {
            format.Format(line, lines);
        }
        catch (Exception e)
        {
            lines.GetStringBuilder().Length = before;
            SelfLog.WriteLine("A line of the log could not be formatted: {0}", e);
        }
    }

    private void Write(List<LogEvent> batch)
    {
        try
        {
            using var lines = new StringWriter(CultureInfo.InvariantCulture);
            foreach (var line in batch)
            {
                Format(line, lines);
                file?.Write(line);
            }

            console.Write(lines.ToString());
            console.Flush();
        }
        catch (Exception e)
        {
            // Nobody reads any more, or the disk that standard output goes to is full: no reason to stop serving.
            SelfLog.WriteLine("The log could not be written: {0}", e);
        }
    }
}
