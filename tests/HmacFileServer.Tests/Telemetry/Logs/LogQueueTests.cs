using System.Globalization;
using HmacFileServer.Telemetry.Logs;
using Serilog;
using Serilog.Core;
using Serilog.Formatting.Display;

namespace HmacFileServer.Tests.Telemetry.Logs;

public sealed class LogQueueTests : IDisposable
{
    private readonly StringWriter console = new();

    [Fact]
    public void An_error_and_all_before_it_are_written_when_it_returns()
    {
        using var log = Logger(console);

        log.Information("first");
        log.Information("second");
        log.Error("crash");

        console.ToString().Should().Be("first\nsecond\ncrash\n");
    }

    [Fact]
    public void The_end_writes_what_is_left()
    {
        using (var log = Logger(console))
        {
            log.Information("last words");
        }

        console.ToString().Should().Be("last words\n");
    }

    [Fact]
    public void Nothing_is_dropped_and_nobody_overtakes_himself_when_many_log_more_than_it_holds()
    {
        const int Threads = 8, Lines = 5000;
        using (var log = Logger(console))
        {
            Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
            {
                for (var line = 0; line < Lines; line++)
                {
                    log.Information("{Thread} {Line}", thread, line);
                }
            });
        }

        var written = console.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .ToLookup(parts => parts[0], parts => int.Parse(parts[1], CultureInfo.InvariantCulture));
        written.Should().HaveCount(Threads);
        written.Should().AllSatisfy(lines => lines.Should().Equal(Enumerable.Range(0, Lines)));
    }

    [Fact]
    public void A_console_that_nobody_reads_does_not_stop_the_rest()
    {
        var broken = new BrokenWriter();
        using var log = Logger(broken);

        log.Error("one");
        log.Error("two");

        broken.Attempts.Should().Be(2);
    }

    [Fact]
    public void A_line_that_cannot_be_formatted_takes_no_other_with_it()
    {
        using (var log = Logger(console))
        {
            log.Information("before");
            log.Information(new BrokenException(), "broken");
            log.Information("after");
        }

        console.ToString().Should().Be("before\nafter\n");
    }

    public void Dispose() => console.Dispose();

    private static Logger Logger(TextWriter console) => new LoggerConfiguration().WriteTo.Sink(
        new LogQueue(
            console, new MessageTemplateTextFormatter("{Message:lj}{Exception}\n", CultureInfo.InvariantCulture), null))
        .CreateLogger();

    private sealed class BrokenException : Exception
    {
        public override string ToString() => throw new InvalidOperationException("Not even that.");
    }

    private sealed class BrokenWriter : StringWriter
    {
        public int Attempts { get; private set; }

        public override void Write(string? value)
        {
            Attempts++;
            throw new IOException("Broken pipe");
        }
    }
}
