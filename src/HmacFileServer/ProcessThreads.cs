using HmacFileServer.Http.Wire;

namespace HmacFileServer;

/// <summary>How many threads the process begins with, and what those that wait for sockets do besides.</summary>
internal static class ProcessThreads
{
    // An fsync blocks its thread: with a few, two slow uploads would stop the rest. More threads than can run only take
    // turns, though: without fsync 32 made the slowest small uploads twice as slow (docs/performance.md).
    private const int ToWait = 32;

    private static ThreadFloor? floor;

    private static int ToRun => Math.Max(2, Environment.ProcessorCount);

    /// <summary>Before the first socket.</summary>
    public static void Prepare(bool fsync)
    {
        Poller.LetAnswer();
        var most = Math.Max(ToWait, ToRun);
        floor = new ThreadFloor(fsync ? most : ToRun, most, threads => ThreadPool.SetMinThreads(threads, threads));
    }

    /// <summary>
    /// For who may block a thread of the pool though nothing is synced: by reading what is not in memory, or by writing
    /// more than the disk takes for now. Until it is disposed as many others can run as before.
    /// </summary>
    public static ThreadFloor.Wait WaitForDisk() => floor is { } threads ? threads.WaitForDisk() : default;
}
