using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HmacFileServer.LedgerBench;

/// <summary>A server of the bench in a process of its own, so that its CPU time and memory are its alone.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const double TicksPerSecond = 100; // USER_HZ, proc_pid_stat(5)

    public const string Secret = "a secret of the benchmark, long enough";

    private readonly Process process;

    private ServerProcess(Process process, int port, TimeSpan startUp)
    {
        this.process = process;
        Port = port;
        StartUp = startUp;
    }

    public int Port { get; }

    /// <summary>From the start of the process until it listens.</summary>
    public TimeSpan StartUp { get; }

    public static async Task<ServerProcess> StartAsync(string store, bool ledger, bool fsync)
    {
        var port = FreePort();
        var config = store + ".toml";
        await File.WriteAllTextAsync(config, $"""
            [server]
            listen_address = "127.0.0.1:{port}"
            storage_path = "{store}"
            fsync = {(fsync ? "true" : "false")}
            [security]
            secret = "{Secret}"
            [logging]
            level = "info"
            file = "{store}.log"
            """);
        var began = TimeProvider.System.GetTimestamp();
        string[] arguments = ["serve", config, ledger ? "ledger" : "none"];
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        var server = Process.Start(start)!;
        while (await server.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("Listening on", StringComparison.Ordinal))
            {
                var startUp = TimeProvider.System.GetElapsedTime(began);
                _ = server.StandardOutput.ReadToEndAsync();
                return new ServerProcess(server, port, startUp);
            }
        }

        throw new InvalidOperationException("The server did not start.");
    }

    public double CpuSeconds()
    {
        var stat = File.ReadAllText($"/proc/{process.Id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture))
            / TicksPerSecond;
    }

    /// <summary>The most it ever had in memory, in MiB.</summary>
    public double PeakMebibytes() => double.Parse(
        File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", [$"-TERM", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
