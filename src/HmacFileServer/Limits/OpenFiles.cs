using System.Globalization;

namespace HmacFileServer.Limits;

/// <summary>
/// The file descriptors of the process, divided once among everything that takes many: connections, downloads and
/// uploads. Beyond its share each is refused, so none can take those of the others, and the spare ones are left for
/// what must always work: the error path, the ledger, the log, the health endpoints, "status" and metrics.
/// </summary>
/// <param name="limit">RLIMIT_NOFILE, getrlimit(2).</param>
/// <param name="own">
/// What the process has open when nobody is connected: libraries, listeners, the ledger. Asked once, when the first
/// client comes.
/// </param>
internal sealed class OpenFiles(long limit, Func<int> own)
{
    /// <summary>The incoming file, the folder it is published in, and a stored file it is compared with.</summary>
    public const int PerUpload = 3;

    // A connection to the ledger for each of some readers, Prometheus, "status", a log file that is rolled, libraries
    // that are loaded late, and connections that were accepted and are about to be closed.
    private const long MostSpare = 192;
    private const long FewestSpare = 40;

    private const string Descriptors = "/proc/self/fd";
    private const string Row = "Max open files";

    private readonly Lazy<long> divided = new(() => Divide(limit - own()));
    private int downloads;

    /// <summary>What the process may have, less what it has when it starts to serve.</summary>
    public static OpenFiles OfProcess() =>
        new(Limit(), () => Directory.Exists(Descriptors) ? Directory.GetFileSystemEntries(Descriptors).Length : 0);

    public int MostConnections => Share(2);

    public int MostDownloads => Share(4);

    public int MostUploads => Math.Max(1, Share(4) / PerUpload);

    public int Downloads => Volatile.Read(ref downloads);

    /// <returns><see langword="false"/> when as many files are open for downloads as may be.</returns>
    public bool TryOpenDownload()
    {
        if (Interlocked.Increment(ref downloads) <= MostDownloads)
        {
            return true;
        }

        CloseDownload();
        return false;
    }

    public void CloseDownload() => Interlocked.Decrement(ref downloads);

    private static long Divide(long left) => Math.Max(16, left - Math.Clamp(left / 4, FewestSpare, MostSpare));

    private int Share(int part) => (int)Math.Min(int.MaxValue, divided.Value / part);

    private static long Limit()
    {
        try
        {
            // "Max open files   1024   524288   files": .NET has raised the first, ours, to the second.
            var row = File.ReadLines("/proc/self/limits")
                .First(line => line.StartsWith(Row, StringComparison.Ordinal));
            var soft = row[Row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                ? limit
                : int.MaxValue;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return int.MaxValue; // no /proc here: only the settings limit us
        }
    }
}
