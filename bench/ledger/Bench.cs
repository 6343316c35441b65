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

        await SweepAsync(large);
        await StartUpAsync(small, large);
        await UploadsAsync(none, small, large, fsync: true);
        await UploadsAsync(none, small, large, fsync: false);
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
        Tell($"\nUploads of 100 KB, {Connections} connections, fsync = {fsync}, medians of {Rounds} rounds of {options.Seconds} s:");
        var stores = new[] { ("no ledger", none, false), ($"{Small} rows", small, true), ($"{options.Rows} rows", large, true) };
        var results = stores.ToDictionary(store => store.Item1, _ => new List<LoadResult>());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (name, store, ledger) in stores)
            {
                await using var server = await ServerProcess.StartAsync(store, ledger, fsync);
                var load = new Load(server.Port, ServerProcess.Secret, server.CpuSeconds);
                await load.RunAsync(Connections, ForSeconds(2)); // warm
                results[name].Add(await load.RunAsync(Connections, ForSeconds(options.Seconds)));
            }
        }

        var medians = stores.Select(store => results[store.Item1].OrderBy(result => result.PerSecond).ElementAt(Rounds / 2)).ToArray();
        for (var i = 0; i < medians.Length; i++)
        {
            Report(stores[i].Item1, medians[i]);
        }

        var costs = (1 - (medians[1].PerSecond / medians[0].PerSecond)) * 100;
        var time = ((medians[1].PerSecond / medians[2].PerSecond) - 1) * 100;
        var cpu = ((medians[2].CpuMicroseconds / medians[1].CpuMicroseconds) - 1) * 100;
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
