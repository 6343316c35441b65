using System.CommandLine;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Ledger.Repair;
using HmacFileServer.Telemetry.Audit;

namespace HmacFileServer.Commands.Files;

/// <summary><c>ledger rebuild</c>: enters what lies on disk and is not in the ledger.</summary>
internal static class RebuildCommand
{
    public static Command Create()
    {
        var rebuild = new Command(
            "rebuild",
            "Enter files that are on disk and not in the ledger: those from before, or all when it was lost. "
            + "May run beside the server, and goes on where it was stopped.");
        rebuild.SetAction(
            (parsed, cancel) => OpenStore.RunAsync(parsed, open => RunAsync(open, cancel), OpenMode.Rebuild));
        return new Command("ledger", "Care for the ledger.") { rebuild };
    }

    private static async Task<int> RunAsync(OpenStore open, CancellationToken cancel)
    {
        RebuildProgress? done = null;
        await LongWork.RunAsync("Reading the store", Rebuild.Remaining(open.Ledger, open.Store), async report =>
            done = await Rebuild.RunAsync(
                open.Ledger,
                open.Store,
                TimeProvider.System,
                new Reporting(report),
                hidden: open.Settings.Downloads.Hidden,
                cancel: cancel));
        open.Audit.Write(new AuditEvent("rebuilt", Actor.Operator) { Files = done!.Adopted });
        Console.WriteLine($"Looked at {done.Looked} files and entered {done.Adopted}.");
        return ExitCode.Ok;
    }

    private sealed class Reporting(Action<long> report) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => report(value.Looked);
    }
}
