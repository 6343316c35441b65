using System.Diagnostics;

namespace HmacFileServer.Tests.Support;

internal sealed record ProgramResult(int ExitCode, string Output, string Errors);

/// <summary>The built program as a child process, in a folder of its own: what an operator runs.</summary>
internal static class BuiltProgram
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "hmac-file-server.dll");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<ProgramResult> RunAsync(
        string folder, string[] arguments, params (string Name, string Value)[] environment)
    {
        using var process = Start(folder, arguments, environment);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new ProgramResult(process.ExitCode, await output, await errors);
    }

    /// <summary>Starts the server, waits until it listens, lets the test talk to it, and ends it by SIGTERM.</summary>
    public static async Task<ProgramResult> ServeAsync(
        string folder, string[] arguments, Func<Task> use, params (string Name, string Value)[] environment)
    {
        using var process = Start(folder, arguments, environment);
        try
        {
            var errors = process.StandardError.ReadToEndAsync();
            var output = new List<string>();
            while (await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
            {
                output.Add(line);
                if (line.Contains("Listening on", StringComparison.Ordinal))
                {
                    await use();
                    await SignalAsync(process, "TERM");
                }
            }

            await process.WaitForExitAsync().WaitAsync(Patience);
            return new ProgramResult(process.ExitCode, string.Join('\n', output), await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public static Process Start(string folder, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
