using System.CommandLine;
using HmacFileServer.Commands.Check;
using HmacFileServer.Commands.Files;
using HmacFileServer.Commands.Manual;
using HmacFileServer.Commands.Migrate;
using HmacFileServer.Commands.Status;
using HmacFileServer.Commands.Terminal;

namespace HmacFileServer.Commands;

/// <summary>The verbs. Without one, the server starts.</summary>
internal static class CommandLine
{
    public static readonly Option<string?> Config = new("--config", "-c")
    {
        Description =
            "The configuration file. Without it: ./config.toml, then /etc/hmac-file-server/config.toml, then none.",
        HelpName = "FILE",
        Recursive = true,
    };

    public static async Task<int> RunAsync(string[] args)
    {
        VisibleConsole.Install();
        var parsed = Root().Parse(args);
        var exit = await parsed.InvokeAsync(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            // its default ends the process 2 s after SIGTERM, whatever uploads still run
            ProcessTerminationTimeout = null,
        });
        return parsed.Errors.Count > 0 ? ExitCode.Usage : exit;
    }

    /// <summary>Every verb with its options. Also read by whatever documents them.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand("The upload server to run beside Prosody or ejabberd (XEP-0363).")
        {
            Config,
            ServeCommand.Create(),
            CheckCommand.Create(),
            SignCommand.Create(),
            StatusCommand.Create(),
            FilesCommand.Create(),
            UsageCommand.Create(),
            ExportCommand.Create(),
            RebuildCommand.Create(),
            MigrateCommand.Create(),
            ManCommand.Create(),
            ManCommand.CreateCompletion(),
        };
        root.SetAction((parsed, cancel) => ServeCommand.RunAsync(parsed.GetValue(Config), cancel));
        return root;
    }
}
