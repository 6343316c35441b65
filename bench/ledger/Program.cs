using HmacFileServer.LedgerBench;

// What the ledger costs: see docs/ledger.md. One command:
//   dotnet run -c Release --project bench/ledger [--rows 10000000] [--seconds 10] [--folder DIR] [--only sweep|start|uploads]
if (args is ["serve", var config, var ledger])
{
    return await BenchServer.RunAsync(config, withLedger: ledger == "ledger");
}

var options = BenchOptions.Parse(args);
using var bench = new Bench(options);
await bench.RunAsync();
return 0;
