using System.CommandLine;
using System.Text;
using HmacFileServer.Settings.Legacy;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Commands.Migrate;

/// <summary><c>migrate config</c>: an old server's configuration, written as one of ours.</summary>
internal static class MigrateConfigCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("OLD.toml")
        {
            Description = "The configuration of hmac-file-server or prosody-filer.",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Where to write (a new file, readable by you alone: it holds the secret). Without it: "
                + "standard output.",
            HelpName = "FILE",
        };
        var command = new Command(
            "config", "Write an old configuration as one of ours, with a comment for each key that changed or went.")
        {
            file,
            output,
        };
        command.SetAction(parsed => Run(parsed.GetValue(file)!, parsed.GetValue(output)));
        return command;
    }

    private static int Run(string path, string? output)
    {
        try
        {
            if (OldFile.Read(TomlConfiguration.Load(path)) is not { } old)
            {
                Console.Error.WriteLine($"{path} has no key that only an old server knew: it can be used as it is.");
                return ExitCode.Usage;
            }

            Write(OwnFile.Write(old, path), output);
            return ExitCode.Ok;
        }
        catch (TomlException e)
        {
            foreach (var problem in e.Problems)
            {
                Console.Error.WriteLine($"{path}:{problem.Position}  {problem.Sentence}");
            }

            return ExitCode.Config;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.NoInput;
        }
    }

    private static void Write(string text, string? output)
    {
        if (output is null)
        {
            // As it is, for it may go into a file; on a terminal, as everything there.
            if (Console.IsOutputRedirected)
            {
                using var standardOutput = Console.OpenStandardOutput();
                standardOutput.Write(Encoding.UTF8.GetBytes(text));
                return;
            }

            Console.Out.Write(text);
            return;
        }

        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var file = new FileStream(output, options);
        file.Write(Encoding.UTF8.GetBytes(text));
    }
}
