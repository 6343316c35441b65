using System.CommandLine;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
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

            KeepAlive(app.Services);
            return await RunUntilStoppedAsync(app, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            await Console.Error.WriteLineAsync($"The server can't start: {e.Message}");
            return ExitCode.Unavailable;
        }
    }

    /// <returns>Not 0 when nobody has asked the host to stop.</returns>
    internal static async Task<int> RunUntilStoppedAsync(WebApplication app, CancellationToken cancel)
    {
        var log = app.Services.GetRequiredService<ILogger<SignalLifetime>>();
        var signals = app.Services.GetRequiredService<IHostLifetime>() as SignalLifetime;
        var exit = ExitCode.Ok;
        app.Lifetime.ApplicationStopping.Register(() =>
        {
            if (signals is { WasAsked: false } && !cancel.IsCancellationRequested)
            {
                exit = ExitCode.Software;
                log.StopsUnasked();
            }
        });
        await app.RunAsync(cancel);
        return exit;
    }

    /// <summary>
    /// An exception that nobody catches in a timer or a work item ends the process, unless we say no.
    /// </summary>
    internal static void KeepAlive(IServiceProvider services)
    {
        var errors = services.GetRequiredService<BackgroundErrors>();
        var host = services.GetRequiredService<IHostApplicationLifetime>();
        ExceptionHandling.SetUnhandledExceptionHandler(e =>
            host.ApplicationStarted.IsCancellationRequested
            && !host.ApplicationStopped.IsCancellationRequested
            && errors.Handle(e));
    }

    private static WebApplication Build(ServerSettings settings, SettingsSource source)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.AddHmacFileServer(settings, source.Load, source.Path);
        builder.Services.AddSingleton<IHostLifetime, SignalLifetime>();
        return builder.Build().UseHmacFileServer();
    }
}
