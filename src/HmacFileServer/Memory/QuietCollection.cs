namespace HmacFileServer.Memory;

/// <summary>
/// Gives the kernel back what an attack or a busy hour has left, once it is over: the runtime collects only when
/// something is allocated, so a server at rest keeps its garbage for ever.
/// </summary>
/// <param name="resident">The process' resident bytes.</param>
/// <param name="allocated">All bytes that were ever allocated.</param>
/// <param name="collect">Collects everything and gives the memory back.</param>
internal sealed class QuietCollection(Func<long> resident, Func<long> allocated, Action collect)
{
    /// <summary>Between two questions; health checks and a few small files.</summary>
    public const long QuietBytes = 8 << 20;

    private long least = resident();
    private long before = allocated();

    public QuietCollection()
        : this(() => Environment.WorkingSet, () => GC.GetTotalAllocatedBytes(), Collect)
    {
    }

    /// <summary>A tenth more than it was found with at best.</summary>
    public bool HasGrown => resident() > least / 10 * 11;

    /// <summary>Cheap unless there is something to gain: for a timer that fires now and then.</summary>
    public void CollectWhenQuiet()
    {
        var now = allocated();
        var isQuiet = now - before < QuietBytes;
        before = now;
        if (!isQuiet || !HasGrown)
        {
            return;
        }

        collect();
        least = resident();
    }

    private static void Collect()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeaps.GiveBack();
    }
}
