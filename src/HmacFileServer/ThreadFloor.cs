namespace HmacFileServer;

/// <summary>
/// How many threads the pool has at once for the asking; the runtime adds more only one by one, in half seconds. Those
/// that wait for a disk are not counted among those that can run.
/// </summary>
internal sealed class ThreadFloor
{
    private readonly Lock gate = new();
    private readonly int least;
    private readonly int most;
    private readonly Action<int> set;
    private int waiting;
    private int current;

    /// <param name="least">While nobody waits.</param>
    /// <param name="most">However many wait.</param>
    /// <param name="set">Takes the number: <see cref="ThreadPool.SetMinThreads"/>.</param>
    public ThreadFloor(int least, int most, Action<int> set)
    {
        this.least = least;
        this.most = most;
        this.set = set;
        Change(0);
    }

    public Wait WaitForDisk()
    {
        Change(+1);
        return new Wait(this);
    }

    private void Change(int by)
    {
        lock (gate)
        {
            waiting += by;
            var wanted = Math.Min(least + waiting, most);
            if (wanted != current)
            {
                set(current = wanted);
            }
        }
    }

    /// <summary>Dispose once.</summary>
    internal readonly struct Wait(ThreadFloor? floor) : IDisposable
    {
        public void Dispose() => floor?.Change(-1);
    }
}
