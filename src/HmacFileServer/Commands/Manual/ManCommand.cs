using System.CommandLine;

namespace HmacFileServer.Commands.Manual;

/// <summary>
/// <c>man</c> and <c>completion</c>: what the command line says of itself, for man(1) and for shells.
/// </summary>
internal static class ManCommand
{
    public static Command Create()
    {
        var command = new Command("man", "Print the manual page: hmac-file-server man | man -l -");
        command.SetAction(_ => Print(ManPage.Write(CommandLine.Root(), TimeProvider.System.GetUtcNow())));
        return command;
    }

    public static Command CreateCompletion()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print what makes a shell complete verbs, options and values.")
        {
            shell,
        };
        command.SetAction(parsed => Print(parsed.GetValue(shell) switch
        {
            "bash" => CompletionScript.Bash,
            "zsh" => CompletionScript.Zsh,
            _ => CompletionScript.Fish,
        }));
        return command;
    }

    private static int Print(string text)
    {
        Console.Out.Write(text);
        return ExitCode.Ok;
    }
}
