using HmacFileServer.Http.Wire;

namespace HmacFileServer;

/// <summary>How many threads the process begins with, and what those that wait for sockets do besides.</summary>
internal static class ProcessThreads
{
    // An fsync blocks its thread: with a few, two slow uploads would stop the rest. Without fsync hardly anything blocks,
    // and more threads than can run only take turns: 32 made the slowest small uploads twice as slow, 6 on two processors
    // made them a quarter slower than 2 do (docs/performance.md).
    private const int ToSync = 32;

    private static int ToRun => Math.Max(2, Environment.ProcessorCount);

    /// <summary>Before the first socket.</summary>
    public static void Prepare(bool fsync)
    {
        Poller.LetAnswer();
        var threads = fsync ? Math.Max(ToSync, ToRun) : ToRun;
        ThreadPool.SetMinThreads(threads, threads);
    }
}
