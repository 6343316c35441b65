namespace HmacFileServer.Interop.Support.Clients;

/// <summary>A client that is a short script for Debian's Python, of which only what it prints counts.</summary>
internal static class PythonScript
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <returns>What it has printed; or, when that is nothing, what it complained about.</returns>
    public static async Task<string> RunAsync(Deployment deployment, string script, params string[] arguments)
    {
        var log = Path.Combine(deployment.Folder.Path, $"{script}-{Guid.NewGuid():N}.log");
        await using var python = ChildProcess.Start(
            log,
            [new("G_MESSAGES_DEBUG", "")],
            [
                "/bin/sh", "-c", "exec \"$@\" 2>>\"$LOG.errors\"", "sh",
                "/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, script),
                deployment.Certificate.Authority, .. arguments,
            ]);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await python.WaitForExitAsync(patience.Token);
        var said = python.ReadLog().Trim();
        return said.Length > 0 ? said : await File.ReadAllTextAsync(log + ".errors", patience.Token);
    }
}
