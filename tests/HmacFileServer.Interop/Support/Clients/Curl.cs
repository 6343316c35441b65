namespace HmacFileServer.Interop.Support.Clients;

/// <summary>curl, for what Python's http.client cannot do: HTTP/2 and Expect: 100-continue.</summary>
internal static class Curl
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>A file of zeros that takes no space.</summary>
    public static string SparseFile(TempFolder folder, long size)
    {
        var path = Path.Combine(folder.Path, $"zeros-{size}");
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write);
        file.SetLength(size);
        return path;
    }

    /// <returns>Status, HTTP version, bytes sent: <c>403 1.1 sent 0</c>; with curl's complaint, if any.</returns>
    public static async Task<string> RunAsync(Deployment deployment, params string[] arguments)
    {
        var log = Path.Combine(deployment.Folder.Path, $"curl-{Guid.NewGuid():N}.log");
        await using var curl = ChildProcess.Start(
            log,
            [],
            [
                "/usr/bin/curl", "-sS", "--cacert", deployment.Certificate.Authority, "-o", "/dev/null",
                "-w", "%{http_code} %{http_version} sent %{size_upload}", .. arguments,
            ]);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await curl.WaitForExitAsync(patience.Token);
        return curl.ReadLog();
    }
}
