using System.Globalization;

namespace HmacFileServer.LedgerBench;

/// <param name="Rows">Of the large ledger.</param>
/// <param name="Seconds">Of each trial.</param>
/// <param name="Folder">On the disk that is to be measured; emptied at the end.</param>
/// <param name="Only">"sweep", "start" or "uploads"; empty for all three.</param>
internal sealed record BenchOptions(int Rows, int Seconds, string Folder, string Only)
{
    public bool Asks(string question) => Only.Length == 0 || Only == question;

    public static BenchOptions Parse(string[] args)
    {
        string Value(string name, string otherwise) =>
            Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
        return new BenchOptions(
            int.Parse(Value("--rows", "10000000"), CultureInfo.InvariantCulture),
            int.Parse(Value("--seconds", "10"), CultureInfo.InvariantCulture),
            Value("--folder", Path.Combine(Directory.GetCurrentDirectory(), "ledger-bench-data")),
            Value("--only", ""));
    }
}
