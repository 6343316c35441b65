using System.Globalization;
using HmacFileServer.Ledger.Sqlite;

namespace HmacFileServer.LedgerBench;

/// <summary>The three questions of docs/ledger.md, answered on this machine.</summary>
internal sealed class Bench(BenchOptions options) : IDisposable
{
    private const int Small = 1000;
    private const int ExpiredRows = 100_000;
    private const int Rounds = 3;
    private const int Connections = 32;
    private const int CalmConnections = 4;

    public async Task RunAsync()
    {
        Directory.CreateDirectory(options.Folder);
        Tell($"Filling a ledger of {Small} and one of {options.Rows} rows, {LedgerFilling.Owners} owners ...");
        var (none, small, large) = (Store("none"), Store("small"), Store("large"));
        Directory.CreateDirectory(none);
        LedgerFilling.Fill(small, Small, 0);
        LedgerFilling.Fill(large, options.Rows, Math.Min(ExpiredRows, options.Rows / 10));
        Tell($"The large one takes {new FileInfo(Path.Combine(large, ".hfs", LedgerFile.Name)).Length >> 20} MiB.");

        if (options.Asks("sweep"))
        {
            await SweepAsync(large);
        }

        if (options.Asks("start"))
        {
            await StartUpAsync(small, large);
        }

        if (options.Asks("uploads"))
        {
            await UploadsAsync(none, small, large, fsync: true);
            await UploadsAsync(none, small, large, fsync: false);
        }
    }

    public void Dispose() => Directory.Delete(options.Folder, recursive: true);

    private async Task SweepAsync(string large)
    {
        Tell($"\nSweeping expired files while {CalmConnections} connections upload 100 KB files:");
        await using var server = await ServerProcess.StartAsync(large, ledger: true, fsync: true);
        using var ledger = SqliteLedger.Open(Path.Combine(large, ".hfs", LedgerFile.Name), durable: false);
        var load = new Load(server.Port, ServerProcess.Secret, server.CpuSeconds);
        var began = TimeProvider.System.GetTimestamp();
        var checkedAt = 0L;
        var sweeping = await load.RunAsync(CalmConnections, () =>
        {
            var now = TimeProvider.System.GetTimestamp();
            if (now - Interlocked.Read(ref checkedAt) > TimeProvider.System.TimestampFrequency)
            {
                Interlocked.Exchange(ref checkedAt, now);
                if (ledger.Expired(TimeProvider.System.GetUtcNow(), 1).Count == 0)
                {
                    return false;
                }
            }

            return true;
        });
        var swept = TimeProvider.System.GetElapsedTime(began);
        var idle = await load.RunAsync(CalmConnections, ForSeconds(options.Seconds));
        Report("while sweeping", sweeping);
        Report("afterwards", idle);
        var ratio = sweeping.Percentile(0.99) / idle.Percentile(0.99);
        Tell(Text($"  swept in {swept.TotalSeconds:0} s; p99 {ratio:0.00} times its idle value; peak memory {server.PeakMebibytes():0} MiB"));
    }

    private async Task StartUpAsync(string small, string large)
    {
        Tell("\nFrom the start of the process until it listens (best of 5):");
        foreach (var (name, store) in new[] { ($"{Small} rows", small), ($"{options.Rows} rows", large) })
        {
            var best = TimeSpan.MaxValue;
            for (var i = 0; i < 5; i++)
            {
                await using var server = await ServerProcess.StartAsync(store, ledger: true, fsync: true);
                best = server.StartUp < best ? server.StartUp : best;
            }

            Tell(Text($"  {name,-16} {best.TotalMilliseconds,6:0} ms"));
        }
    }

    private async Task UploadsAsync(string none, string small, string large, bool fsync)
    {
        Tell($"\nUploads of 100 KB, {Connections} connections, fsync = {fsync}, in turns, {options.Seconds * Rounds} s each:");
        var stores = new[] { ("no ledger", none, false), ($"{Small} rows", small, true), ($"{options.Rows} rows", large, true) };
        var servers = new List<ServerProcess>();
        foreach (var (_, store, ledger) in stores)
        {
            servers.Add(await ServerProcess.StartAsync(store, ledger, fsync));
        }

        // In turns of two seconds, so that whatever else the machine does falls on all of them alike.
        var loads = servers.Select(server => new Load(server.Port, ServerProcess.Secret, server.CpuSeconds)).ToArray();
        var results = servers.Select(_ => new List<LoadResult>()).ToArray();
        for (var turn = -2; turn < options.Seconds * Rounds / 2; turn++)
        {
            for (var i = 0; i < loads.Length; i++)
            {
                var at = (i + turn + 2) % loads.Length; // each of them is first and last in turn
                var result = await loads[at].RunAsync(Connections, ForSeconds(2));
                if (turn >= 0) // the first two are for warming up
                {
                    results[at].Add(result);
                }
            }
        }

        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }

        var sums = results.Select(LoadResult.Sum).ToArray();
        for (var i = 0; i < sums.Length; i++)
        {
            Report(stores[i].Item1, sums[i]);
        }

        var costs = (1 - (sums[1].PerSecond / sums[0].PerSecond)) * 100;
        var time = ((sums[1].PerSecond / sums[2].PerSecond) - 1) * 100;
        var cpu = ((sums[2].CpuMicroseconds / sums[1].CpuMicroseconds) - 1) * 100;
        Tell(Text($"  the ledger costs {costs:0.0} % of the throughput"));
        Tell(Text($"  {options.Rows} rows against {Small}: {time:+0.0;-0.0} % time, {cpu:+0.0;-0.0} % CPU"));
    }

    private static Func<bool> ForSeconds(int seconds)
    {
        var began = TimeProvider.System.GetTimestamp();
        return () => TimeProvider.System.GetElapsedTime(began).TotalSeconds < seconds;
    }

    private string Store(string name) => Path.Combine(options.Folder, name);

    private static void Report(string name, LoadResult result)
    {
        var (p50, p99) = (result.Percentile(0.5), result.Percentile(0.99));
        Tell(Text($"  {name,-16} {result.PerSecond,6:0} /s  p50 {p50,6:0.0} ms  p99 {p99,6:0.0} ms  CPU {result.CpuMicroseconds,5:0} us"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Tell(string line) => Console.WriteLine(line);
}
