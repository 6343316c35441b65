using System.Text;
using HmacFileServer.Telemetry.Logs;
using Spectre.Console;

namespace HmacFileServer.Commands.Terminal;

/// <summary>
/// Standard output and standard error, through which no name of a file or a user, no line of a configuration and no
/// message of an exception can command the terminal.
/// </summary>
internal sealed class VisibleConsole : TextWriter
{
    private readonly TextWriter inner;

    private VisibleConsole(TextWriter inner) => this.inner = inner;

    /// <summary>For what draws on the terminal, and escapes by itself.</summary>
    public static TextWriter RawError { get; private set; } = Console.Error;

    public override Encoding Encoding => inner.Encoding;

    public static void Install()
    {
        if (!Console.IsOutputRedirected)
        {
            // It looks at Console.Out to know whether that is a terminal, and writes control characters of its own.
            AnsiConsole.Console = AnsiConsole.Create(
                new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        }

        RawError = Console.Error;
        Console.SetOut(new VisibleConsole(Console.Out));
        Console.SetError(new VisibleConsole(Console.Error));
    }

    public override void Write(char value) => inner.Write(VisibleText.Lines(value.ToString()));

    public override void Write(string? value) => inner.Write(VisibleText.Lines(value ?? ""));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Flush() => inner.Flush();
}
