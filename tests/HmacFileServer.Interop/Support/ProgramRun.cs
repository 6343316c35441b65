namespace HmacFileServer.Interop.Support;

/// <summary>A command of the built program, run to its end.</summary>
/// <param name="Output">What it wrote, errors too.</param>
internal sealed record ProgramRun(int Exit, string Output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<ProgramRun> OfAsync(
        string folder, IEnumerable<KeyValuePair<string, string>> environment, params string[] arguments)
    {
        var log = Path.Combine(folder, $"run-{Guid.NewGuid():N}.log");
        var program = Path.Combine(AppContext.BaseDirectory, "hmac-file-server.dll");
        await using var process = ChildProcess.Start(log, environment, ["dotnet", program, .. arguments]);
        using var patience = new CancellationTokenSource(Patience);
        var exit = await process.WaitForExitAsync(patience.Token);
        return new ProgramRun(exit, process.ReadLog());
    }
}
