using System.Diagnostics.CodeAnalysis;

namespace HmacFileServer.Memory;

/// <summary>
/// Collects everything when the heap has taken <see cref="MostBytes"/> more since that was done last. A flood
/// of large request heads survives the first collections, for its requests are under way, and the runtime lets
/// hundreds of MB of them grow old before it looks: it knows how much memory the machine has, and not how much of it
/// this server should take.
/// </summary>
internal static class GarbageBound
{
    private const long MostBytes = 32 << 20;

    private static long least;

    private static long Committed => GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;

    /// <summary>From now on, after each collection.</summary>
    public static void Start()
    {
        least = long.MaxValue - MostBytes; // nothing is known before the first
        _ = new Watch();
    }

    private static void Look()
    {
        least = Math.Min(least, Committed);
        if (Committed > least + MostBytes)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            least = Committed;
        }
    }

    /// <summary>Garbage itself, so that the next collection, of whichever generation, ends it.</summary>
    [SuppressMessage("Design", "MA0055", Justification = "It frees nothing: nothing else tells of each collection.")]
    private sealed class Watch
    {
        ~Watch()
        {
            if (!Environment.HasShutdownStarted)
            {
                Look();
                _ = new Watch();
            }
        }
    }
}
