using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace HmacFileServer.Interop.Support;

/// <summary>
/// A program in a process group of its own, its output in a file. Disposing it kills the group, so that workers and
/// port programs go with their parent, and nothing is ever ended by name.
/// </summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    private const int Kill = 9;       // SIGKILL
    private const int Terminate = 15; // SIGTERM
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly ConcurrentDictionary<int, bool> Running = new();

    private readonly Process _process;

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (var group in Running.Keys)
        {
            _ = SendSignal(-group, Kill);
        }
    };

    private ChildProcess(Process process, string log)
    {
        _process = process;
        Log = log;
        Running[process.Id] = true;
    }

    public int Id => _process.Id;

    /// <summary>The file with its standard output and error.</summary>
    public string Log { get; }

    public bool HasExited => _process.HasExited;

    public StreamWriter Input => _process.StandardInput;

    public StreamReader Output => _process.StandardOutput;

    /// <summary>Standard output and error go to <paramref name="log"/>.</summary>
    public static ChildProcess Start(
        string log, IEnumerable<KeyValuePair<string, string>> environment, params string[] command) =>
        Start(log, environment, "exec \"$@\" </dev/null >>\"$LOG\" 2>&1", piped: false, command);

    /// <summary>Input and output are for the caller, only standard error goes to <paramref name="log"/>.</summary>
    public static ChildProcess StartPiped(string log, params string[] command) =>
        Start(log, [], "exec \"$@\" 2>>\"$LOG\"", piped: true, command);

    /// <summary>What it has said so far, for the message of a test that failed.</summary>
    public string ReadLog()
    {
        using var file = new StreamReader(new FileStream(
            Log, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite));
        return file.ReadToEnd();
    }

    /// <summary>The same, once one line holds all the words; after a few seconds without them anyway.</summary>
    public async Task<string> LogWithAsync(params string[] words)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            var log = ReadLog();
            if (patience.IsCancellationRequested || log.Split('\n').Any(line => words.All(line.Contains)))
            {
                return log;
            }

            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }

    public async Task<int> WaitForExitAsync(CancellationToken cancel)
    {
        await _process.WaitForExitAsync(cancel);
        return _process.ExitCode;
    }

    /// <summary>Asks it to end, so that it can collect its own children, and gives it a few seconds.</summary>
    public async Task EndAsync()
    {
        _ = SendSignal(_process.Id, Terminate);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        _ = SendSignal(-_process.Id, Kill);
        await _process.WaitForExitAsync();
        Running.TryRemove(_process.Id, out _);
        _process.Dispose();
    }

    private static ChildProcess Start(
        string log,
        IEnumerable<KeyValuePair<string, string>> environment,
        string script,
        bool piped,
        string[] command)
    {
        // setsid makes the group; sh redirects and then becomes the program, so the id stays the same.
        var start = new ProcessStartInfo("setsid")
        {
            RedirectStandardInput = piped,
            RedirectStandardOutput = piped,
            UseShellExecute = false,
            Environment = { ["LOG"] = log },
        };
        foreach (var argument in (string[])["/bin/sh", "-c", script, "sh", .. command])
        {
            start.ArgumentList.Add(argument);
        }

        // What these tests are told by the environment; the program would refuse it as a setting that is none.
        start.Environment.Remove("HFS_INTEROP");
        start.Environment.Remove("HFS_INTEROP_KEEP");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start)!, log);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int id, int signal);
}
