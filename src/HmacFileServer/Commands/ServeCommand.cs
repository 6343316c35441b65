using System.CommandLine;
using System.Net.Sockets;
using HmacFileServer.Memory;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Legacy;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Commands;

/// <summary><c>serve</c>: runs until it is told to stop.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new Command("serve", "Run the server (what happens without a verb, too).");
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(CommandLine.Config), cancel));
        return command;
    }

    public static async Task<int> RunAsync(string? config, CancellationToken cancel)
    {
        var source = SettingsSource.Find(config);
        try
        {
            if (source.MakesSecret && !FirstStart.TryEnsureSecret())
            {
                return ExitCode.Config;
            }

            if (!source.TryLoad(out var settings))
            {
                return ExitCode.Config;
            }

            if (source.Path is null)
            {
                FirstStart.PrintSnippets(
                    Console.Out, settings, SettingsSource.SecretOrigin, toTerminal: !Console.IsOutputRedirected);
            }

            ProcessThreads.Prepare(settings.Server.Fsync);
            GarbageBound.Start();
            await using var app = Build(settings, source);
            app.Services.GetRequiredService<ILogger<LiveSettings>>().SettingsFrom(source.Path ?? SettingsLoader.NoFile);
            if (StoreOwner.Name is { } name)
            {
                app.Services.GetRequiredService<ILogger<LiveSettings>>().WorksAs(name);
            }

            if (source.Old is { } old)
            {
                var log = app.Services.GetRequiredService<ILogger<LiveSettings>>();
                log.OldConfiguration(old.Program, source.Path!);
                foreach (var line in OldFileReport.Lines(old))
                {
                    log.Warned(line);
                }
            }

            await app.RunAsync(cancel);
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            await Console.Error.WriteLineAsync($"The server can't start: {e.Message}");
            return ExitCode.Unavailable;
        }
    }

    private static WebApplication Build(ServerSettings settings, SettingsSource source)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.AddHmacFileServer(settings, source.Load, source.Path);
        return builder.Build().UseHmacFileServer();
    }
}
