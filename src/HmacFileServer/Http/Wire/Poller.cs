using System.Runtime.CompilerServices;

namespace HmacFileServer.Http.Wire;

/// <summary>
/// The few threads that wait for all sockets. They answer by themselves what needs only memory, as nginx does: to hand
/// a small download to a thread of the pool costs a quarter of the download (docs/performance.md). Whatever may wait
/// for a disk or for another thread has to leave them first, or the other connections wait with it.
/// </summary>
internal static class Poller
{
    // Read by System.Net.Sockets at the first socket; no other switch does this.
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    // So many answers take less than a millisecond.
    private const int InTurn = 16;

    [ThreadStatic]
    private static string? asking; // the connection whose question this thread answered last

    [ThreadStatic]
    private static int answered;   // its questions in a row

    /// <summary>
    /// Lets the sockets of this process, from the first on, call back on the thread that found them ready.
    /// </summary>
    public static void LetAnswer()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, "1");
        }
    }

    /// <summary>Awaited, goes on in the thread pool. Costs nothing to who is there already.</summary>
    public static Leaving Leave() => default;

    /// <summary>
    /// Everything but reading files leaves at once, and so does every <see cref="InTurn"/>th question in a row of one
    /// connection: who sends question upon question without waiting for answers would keep the thread, and all others
    /// out.
    /// </summary>
    public static Task KeepReadersAsync(HttpContext http, RequestDelegate next)
    {
        var reads = http.Request.Method == HttpMethods.Get || http.Request.Method == HttpMethods.Head;
        return reads && IsInTurn(http.Connection.Id) ? next(http) : LeaveAsync(http, next);
    }

    private static bool IsInTurn(string connection)
    {
        if (asking != connection)
        {
            (asking, answered) = (connection, 0);
        }

        return ++answered % InTurn != 0;
    }

    private static async Task LeaveAsync(HttpContext http, RequestDelegate next)
    {
        await Leave();
        await next(http);
    }

    internal readonly struct Leaving : ICriticalNotifyCompletion
    {
        public bool IsCompleted => Thread.CurrentThread.IsThreadPoolThread;

        public Leaving GetAwaiter() => this;

        public void GetResult()
        {
            // There is none.
        }

        public void OnCompleted(Action continuation) =>
            ThreadPool.QueueUserWorkItem(static continuation => continuation(), continuation, preferLocal: false);

        public void UnsafeOnCompleted(Action continuation) =>
            ThreadPool.UnsafeQueueUserWorkItem(static continuation => continuation(), continuation, preferLocal: false);
    }
}
