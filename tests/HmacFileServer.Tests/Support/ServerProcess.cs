using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace HmacFileServer.Tests.Support;

/// <summary>The built program as a child process that listens on a unix socket in the test's own folder.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly Task reading;
    private readonly ConcurrentQueue<string> output = new();
    private readonly TaskCompletionSource listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string socket;

    private ServerProcess(Process process, string socket)
    {
        this.process = process;
        this.socket = socket;
        reading = ReadAsync();
    }

    public string Output => string.Join('\n', output);

    /// <param name="logging">Lines of that table.</param>
    /// <param name="start">Starts the program with a configuration file; null for the plain way.</param>
    public static async Task<ServerProcess> StartAsync(
        TempFolder folder, string logging = "", Func<string, Process>? start = null)
    {
        var (config, path) = (folder.File("config.toml"), folder.File("s.sock"));
        await File.WriteAllTextAsync(
            config, TestServer.Toml(folder, $"listen_address = \"unix:{path}\"", more: $"[logging]\n{logging}"));
        var started = start?.Invoke(config) ?? BuiltProgram.Start(folder.Path, ["serve", "-c", config]);
        var server = new ServerProcess(started, path);
        await server.listening.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return server;
    }

    /// <summary>The files that are mapped into its memory: libraries, above all.</summary>
    public string[] MappedFiles() =>
    [
        .. File.ReadLines($"/proc/{process.Id}/maps")
            .Where(line => line.Contains('/', StringComparison.Ordinal))
            .Select(line => Path.GetFileName(line[line.IndexOf('/', StringComparison.Ordinal)..]))
            .Distinct(StringComparer.Ordinal),
    ];

    /// <summary>
    /// The arenas of glibc's malloc besides the first: 64 MiB of addresses each, of which only the front can be written.
    /// </summary>
    public int Arenas()
    {
        const long Addresses = 64 << 20;
        var maps = File.ReadAllLines($"/proc/{process.Id}/maps").Select(Mapping.Parse).ToArray();
        return maps.Zip(maps.Skip(1)).Count(pair => pair is ({ IsWritten: true } front, { IsWritten: false } rest)
            && front.From % Addresses == 0 && front.To == rest.From && rest.To - front.From == Addresses);
    }

    public Task<RawConnection> ConnectAsync() => RawConnection.OpenAsync(new UnixDomainSocketEndPoint(socket));

    public async Task<RawResponse> PutAsync(string target, byte[] body, params string[] headers)
    {
        await using var wire = await ConnectAsync();
        await wire.SendAsync([$"PUT {target} HTTP/1.1", "Host: h", $"Content-Length: {body.Length}", .. headers]);
        var sending = wire.SendWhilePossibleAsync(body);
        var response = await wire.ReadAsync();
        await sending;
        return response;
    }

    public async Task<RawResponse> GetAsync(string target, params string[] headers)
    {
        await using var wire = await ConnectAsync();
        await wire.SendAsync([$"GET {target} HTTP/1.1", "Host: h", .. headers]);
        return await wire.ReadAsync();
    }

    /// <summary>A request without a body.</summary>
    public async Task<RawResponse> SendAsync(string methodAndTarget)
    {
        await using var wire = await ConnectAsync();
        await wire.SendAsync([$"{methodAndTarget} HTTP/1.1", "Host: h"]);
        return await wire.ReadAsync();
    }

    /// <summary>SIGKILL: no handler, no goodbye.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async Task StopAsync()
    {
        await BuiltProgram.SignalAsync(process, "TERM");
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await reading;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        await reading;
        process.Dispose();
    }

    private async Task ReadAsync()
    {
        await Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
        listening.TrySetException(new InvalidOperationException("the program ended:\n" + Output));
    }

    private async Task ReadAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            output.Enqueue(line);
            if (line.Contains("Listening on", StringComparison.Ordinal))
            {
                listening.TrySetResult();
            }
        }
    }

    private readonly record struct Mapping(long From, long To, bool IsWritten)
    {
        /// <param name="line">As in proc_pid_maps(5): <c>from-to rw-p ...</c>.</param>
        public static Mapping Parse(string line)
        {
            var words = line.Split(' ');
            var ends = words[0].Split('-').Select(end => Convert.ToInt64(end, 16)).ToArray();
            return new Mapping(ends[0], ends[1], words[1].StartsWith("rw", StringComparison.Ordinal));
        }
    }
}
