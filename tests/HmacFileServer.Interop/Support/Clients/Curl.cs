using System.Security.Cryptography;

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

    /// <summary>
    /// Mostly a hole, but with a random mebibyte in every 32, so that no part of it can take the place of another.
    /// </summary>
    public static (string Path, string Sha256) DistinctFile(TempFolder folder, long size)
    {
        var path = SparseFile(folder, size);
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        for (var at = 0L; at + (1 << 20) <= size; at += 32 << 20)
        {
            file.Position = at;
            file.Write(RandomNumberGenerator.GetBytes(1 << 20));
        }

        file.Position = 0;
        return (path, Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    /// <returns>Status, HTTP version, bytes sent: <c>403 1.1 sent 0</c>; with curl's complaint, if any.</returns>
    public static Task<string> RunAsync(Deployment deployment, params string[] arguments) => RunAsync(
        deployment,
        "exec /usr/bin/curl \"$@\"",
        ["-o", "/dev/null", "-w", "%{http_code} %{http_version} sent %{size_upload}", .. arguments]);

    /// <summary>The status and one header of the answer: <c>403 *</c>.</summary>
    public static Task<string> HeaderAsync(Deployment deployment, string header, params string[] arguments) => RunAsync(
        deployment,
        "exec /usr/bin/curl \"$@\"",
        ["-o", "/dev/null", "-w", "%{http_code} %header{" + header + "}", .. arguments]);

    /// <summary>The SHA-256 of what comes back, which is kept nowhere; with curl's complaint, if any.</summary>
    public static async Task<string> HashAsync(Deployment deployment, params string[] arguments) =>
        (await RunAsync(deployment, "/usr/bin/curl \"$@\" | sha256sum", ["-f", .. arguments]))
            .Replace("  -\n", "", StringComparison.Ordinal);

    private static async Task<string> RunAsync(Deployment deployment, string script, string[] arguments)
    {
        var log = Path.Combine(deployment.Folder.Path, $"curl-{Guid.NewGuid():N}.log");
        await using var curl = ChildProcess.Start(
            log, [],
            ["/bin/sh", "-c", script, "curl", "-sS", "--cacert", deployment.Certificate.Authority, .. arguments]);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await curl.WaitForExitAsync(patience.Token);
        return curl.ReadLog();
    }
}
