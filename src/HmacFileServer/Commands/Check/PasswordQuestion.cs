using HmacFileServer.Commands.Terminal;
using HmacFileServer.Telemetry.Logs;
using Spectre.Console;

namespace HmacFileServer.Commands.Check;

/// <summary>
/// A password comes from the environment, a pipe or a person; never as an argument, which everybody on the
/// machine can see.
/// </summary>
internal static class PasswordQuestion
{
    public const string Variable = "XMPP_PASSWORD";

    /// <returns>Null when nobody is there to be asked.</returns>
    public static string? Answer(string account)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } told)
        {
            return told;
        }

        if (Console.IsInputRedirected)
        {
            return Console.In.ReadLine() is { Length: > 0 } line ? line : null;
        }

        // On standard error, so that the report can go into a file.
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(VisibleConsole.RawError),
            Interactive = InteractionSupport.Yes,
        });
        var question = $"Password of {Markup.Escape(VisibleText.Line(account))}:";
        return console.Prompt(new TextPrompt<string>(question).Secret(null));
    }
}
