namespace HmacFileServer.Interop.Support.Clients;

/// <summary>
/// libsoup, the HTTP library of Dino: for HTTP/2 uploads that are refused. It goes on sending until the stream ends.
/// </summary>
internal static class Soup
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <returns>What was seen and how often, a line each: <c>50 x 403 2.0 The signature does not match.</c></returns>
    public static async Task<string> PutAsync(Deployment deployment, string body, string url, int times)
    {
        var log = Path.Combine(deployment.Folder.Path, $"soup-{Guid.NewGuid():N}.log");
        await using var soup = ChildProcess.Start(
            log,
            [new("G_MESSAGES_DEBUG", "")],
            "/bin/sh", "-c", "exec \"$@\" 2>>\"$LOG.errors\"", "sh",
            "/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, "soup-put.py"),
            deployment.Certificate.Authority, body, url, $"{times}");
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await soup.WaitForExitAsync(patience.Token);
        var said = soup.ReadLog().Trim();
        return said.Length > 0 ? said : await File.ReadAllTextAsync(log + ".errors", patience.Token);
    }
}
