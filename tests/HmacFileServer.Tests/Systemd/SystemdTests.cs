using System.Diagnostics;
using System.Net;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Systemd;

/// <summary>
/// What systemd asks of a service, against the built program; and what systemd itself says of the unit.
/// </summary>
public sealed class SystemdTests
{
    private static readonly string Unit = Repository.File("deploy", "systemd", "hmac-file-server.service");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task It_says_that_it_is_ready_alive_reloading_and_stopping()
    {
        using var folder = new TempFolder();
        using var systemd = new NotifySocket(folder);
        var file = folder.File("config.toml");
        await File.WriteAllTextAsync(file, TestServer.Toml(folder));

        using var process = BuiltProgram.Start(
            folder.Path, ["serve", "-c", file], ("NOTIFY_SOCKET", systemd.Path), ("WATCHDOG_USEC", "200000"));
        try
        {
            await systemd.ExpectAsync("READY=1");
            await systemd.ExpectAsync("WATCHDOG=1");
            await systemd.ExpectAsync("WATCHDOG=1");

            await BuiltProgram.SignalAsync(process, "HUP");
            (await systemd.ExpectAsync("RELOADING=1")).Should().MatchRegex("MONOTONIC_USEC=[1-9]");
            (await systemd.ExpectAsync("READY=1")).Should().Contain("STATUS=Serving");

            await File.WriteAllTextAsync(file, "[nonsense");
            await BuiltProgram.SignalAsync(process, "HUP");
            (await systemd.ExpectAsync("STATUS=Serving, by the settings from before: the new ones are refused"))
                .Should().Contain("READY=1");

            await BuiltProgram.SignalAsync(process, "TERM");
            await systemd.ExpectAsync("STOPPING=1");
            await process.WaitForExitAsync().WaitAsync(Patience);
            process.ExitCode.Should().Be(0);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    [ProgramFact("systemd-socket-activate")]
    public async Task It_serves_on_the_socket_that_systemd_hands_over()
    {
        using var folder = new TempFolder();
        var file = folder.File("config.toml");
        await File.WriteAllTextAsync(file, TestServer.Toml(folder));
        var port = FreePort.Take();
        using var process = Process.Start(new ProcessStartInfo(
            "systemd-socket-activate",
            [
                "-l", $"127.0.0.1:{port}", "-E", "PATH", "-E", "DOTNET_ROOT", "-E", "HOME",
                "dotnet", Path.Combine(AppContext.BaseDirectory, "hmac-file-server.dll"), "serve", "-c", file,
            ])
        {
            UseShellExecute = false,
            WorkingDirectory = folder.Path,
        })!;
        try
        {
            // The first connection starts the server, and waits in the socket until it accepts.
            (await AnswerAsync(port)).Should().Be(HttpStatusCode.OK);
        }
        finally
        {
            process.Kill(entireProcessTree: true); // it has become the server itself, by exec
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
    }

    [Theory]
    [InlineData("Restart=always")]
    [InlineData("RestartPreventExitStatus=64 78")]
    [InlineData("StartLimitIntervalSec=10min")]
    [InlineData("StartLimitBurst=100")]
    public void The_unit_starts_the_server_again_however_it_ended(string line) =>
        File.ReadAllLines(Unit).Should().Contain(line);

    [ProgramFact("systemd-analyze")]
    public async Task Systemd_finds_no_mistake_in_the_unit()
    {
        // The program and its manual are not installed here, and nothing else is found.
        var (_, said) = await AnalyzeAsync("verify", Unit);

        said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().OnlyContain(line =>
            line.Contains("/usr/bin/hmac-file-server is not executable")
                || line.Contains("Command 'man hmac-file-server(1)'"));
    }

    [ProgramFact("systemd-analyze")]
    public async Task Systemd_rates_the_exposure_of_the_unit_below_2()
    {
        var (exit, said) = await AnalyzeAsync("security", "--offline=true", "--no-pager", "--threshold=20", Unit);

        exit.Should().Be(0, said);
        said.Should().MatchRegex("Overall exposure level for hmac-file-server.service: [01]\\.");
    }

    private static async Task<(int Exit, string Said)> AnalyzeAsync(params string[] arguments)
    {
        using var analyze = Process.Start(new ProcessStartInfo("systemd-analyze", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = analyze.StandardOutput.ReadToEndAsync();
        var errors = await analyze.StandardError.ReadToEndAsync();
        await analyze.WaitForExitAsync();
        return (analyze.ExitCode, await output + errors);
    }

    /// <summary>Asks again while nobody listens; systemd-socket-activate needs a moment.</summary>
    private static async Task<HttpStatusCode> AnswerAsync(int port)
    {
        using var http = new HttpClient { Timeout = Patience };
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health"), patience.Token);
                return answer.StatusCode;
            }
            catch (HttpRequestException) when (!patience.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
            }
        }
    }
}
