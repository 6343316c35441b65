using System.Globalization;
using HmacFileServer.Storage;

namespace HmacFileServer.Limits;

/// <summary>How many files the process may have open. A connection is one, and so is what goes over it.</summary>
internal static class OpenFiles
{
    private const string Row = "Max open files";

    /// <summary>
    /// Three quarters of what the recently served files leave: were all taken, Kestrel could accept nobody, and an upload
    /// that runs could not be published.
    /// </summary>
    public static int ForConnections { get; } = For(Limit);

    internal static int For(long limit) =>
        (int)Math.Min(int.MaxValue, (limit - Math.Min(RecentBlobs.Most, limit / 4)) / 4 * 3);

    private static long Limit
    {
        get
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
}
