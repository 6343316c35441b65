using System.Diagnostics.CodeAnalysis;

namespace HmacFileServer.Memory;

/// <summary>
/// Collects everything when the heap has grown by more than <see cref="MostBytes"/> since that was done last. A flood
/// of large request heads survives the first collections, for its requests are under way, and the runtime lets
/// hundreds of MB of them grow old before it looks: it knows how much memory the machine has, and not how much of it
/// this server should take.
/// </summary>
internal static class GarbageBound
{
    private const long MostBytes = 32 << 20;

    private static long after;
    private static int full;

    /// <summary>From now on, after each collection.</summary>
    public static void Start()
    {
        Remember();
        _ = new Watch();
    }

    private static void Look()
    {
        if (GC.CollectionCount(GC.MaxGeneration) != full)
        {
            Remember(); // the runtime did
        }
        else if (GC.GetTotalMemory(forceFullCollection: false) > after + MostBytes)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            Remember();
        }
    }

    private static void Remember() =>
        (after, full) = (GC.GetTotalMemory(forceFullCollection: false), GC.CollectionCount(GC.MaxGeneration));

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
