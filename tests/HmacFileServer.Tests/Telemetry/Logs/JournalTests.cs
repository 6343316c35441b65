using HmacFileServer.Telemetry.Logs;
using HmacFileServer.Tests.Support;
using Serilog.Events;
using Serilog.Formatting.Display;
using Serilog.Parsing;

namespace HmacFileServer.Tests.Telemetry.Logs;

public sealed class JournalTests
{
    // Stands in for systemd: gives the program a socket for its output, and names it as systemd does.
    private const string Systemd = """
        import os, socket, subprocess, sys
        ours, theirs = socket.socketpair()
        there = os.fstat(theirs.fileno())
        env = dict(os.environ, JOURNAL_STREAM=f"{there.st_dev}:{there.st_ino}")
        program = subprocess.Popen(sys.argv[1:], stdout=theirs, stderr=theirs, env=env)
        theirs.close()
        for line in ours.makefile("rb"):
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            if b"Listening on" in line:
                program.terminate()
        sys.exit(program.wait())
        """;

    [Theory]
    [InlineData(LogEventLevel.Debug, 7)]
    [InlineData(LogEventLevel.Information, 6)]
    [InlineData(LogEventLevel.Warning, 4)]
    [InlineData(LogEventLevel.Error, 3)]
    [InlineData(LogEventLevel.Fatal, 2)]
    public void Each_line_of_an_event_says_how_grave_it_is(LogEventLevel level, int priority)
    {
        using var written = new StringWriter();

        new JournalFormatter(new MessageTemplateTextFormatter("{Message:lj}{NewLine}")).Format(
            new LogEvent(DateTimeOffset.UnixEpoch, level, null, new MessageTemplateParser().Parse("one\ntwo"), []),
            written);

        written.ToString().Should().Be($"<{priority}>one\n<{priority}>two\n");
    }

    [Theory]
    [InlineData("8:4711", "socket:[4711]", true)]
    [InlineData("8:4711", "socket:[4712]", false)]
    [InlineData("8:4711", "/dev/pts/0", false)]
    [InlineData("4711", "socket:[4711]", false)]
    [InlineData(null, "socket:[4711]", false)]
    [InlineData("8:4711", null, false)]
    public void Output_that_was_sent_elsewhere_is_no_journal(string? stream, string? output, bool isJournal) =>
        JournalFormatter.IsJournal(stream, output).Should().Be(isJournal);

    [ProgramTheory("/usr/bin/python3")]
    [InlineData("text", "<6>Listening on ")]
    [InlineData("json", "<6>{\"Timestamp\":")]
    public async Task Under_systemd_every_line_has_its_priority_and_no_second_time(string format, string listening)
    {
        using var folder = new TempFolder();
        var config = folder.File("config.toml");
        await File.WriteAllTextAsync(config, TestServer.Toml(
            folder, "fsync = false", more: $"[logging]\nformat = \"{format}\"\n"));

        var (exit, said) = await Tool.RunAsync(
            "/usr/bin/python3", ["-c", Systemd, "dotnet", BuiltProgram.Path, "serve", "-c", config]);

        exit.Should().Be(0, said);
        var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Should().OnlyContain(line => line[0] == '<' && line[2] == '>')
            .And.Contain(line => line.StartsWith("<4>", StringComparison.Ordinal)
                && line.Contains("fsync is off", StringComparison.Ordinal));
        lines.Should().Contain(line => line.StartsWith(listening, StringComparison.Ordinal));
    }
}
