using HmacFileServer.Ledger.Sqlite.Writes;

namespace HmacFileServer.Ledger.Sqlite;

/// <summary>
/// The one thread that writes. What was asked for while it was busy makes the next transaction, so that many uploads
/// share one sync of the disk; a lone one waits for nobody.
/// </summary>
internal sealed partial class LedgerWriter : IDisposable
{
    private const int MostInOneCommit = 512;

    // While many upload at once, a commit waits a moment for so many of them: it costs much the same for one and for all.
    private const int Crowd = 16;
    private static readonly TimeSpan CrowdPatience = TimeSpan.FromMilliseconds(1);

    // What nobody waits for goes with the next commit that somebody does wait for, or after this time.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly object gate = new();
    private readonly Queue<Change> queue = new();
    private readonly LedgerWrites writes;
    private readonly Thread thread;
    private int awaited;    // of those in the queue
    private int wanted = 1; // so many of these wake the thread
    private int unawaited;  // in the queue, or being written
    private bool crowded;   // when the last commit was gathered
    private bool closed;
    private LedgerException? torn; // since the log could not be synced

    public LedgerWriter(LedgerWrites writes)
    {
        this.writes = writes;
        thread = new Thread(Work) { Name = "ledger", IsBackground = true };
        thread.Start();
    }

    /// <summary>Made durable, then answered.</summary>
    public Task<T> WriteAsync<T>(Func<LedgerWrites, T> write)
    {
        var change = new Awaited<T>(write);
        Add(change);
        return change.Done;
    }

    /// <summary>Made in this order, some time soon.</summary>
    public void WriteSoon(Action<LedgerWrites> write)
    {
        Interlocked.Increment(ref unawaited);
        Add(new Unawaited(write, this));
    }

    /// <summary>Waits for what nobody waited for, so that a question asked now is answered with it.</summary>
    public void CatchUp()
    {
        if (Volatile.Read(ref unawaited) > 0)
        {
            WriteAsync(_ => true).GetAwaiter().GetResult();
        }
    }

    /// <summary>Writes what is queued, then ends.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            Monitor.Pulse(gate);
        }

        thread.Join();
        writes.Dispose();
    }

    private void Add(Change change)
    {
        lock (gate)
        {
            if (closed)
            {
                throw new LedgerException("The ledger is closed.");
            }

            queue.Enqueue(change);
            awaited += change.IsAwaited ? 1 : 0;
            if ((change.IsAwaited && awaited >= wanted) || queue.Count == 1)
            {
                Monitor.Pulse(gate); // what nobody waits for wakes the thread only to let it look at the clock
            }
        }
    }

    private void Work()
    {
        var batch = new List<Change>();
        while (WorkOnce(batch))
        {
            batch.Clear();
        }
    }

    /// <summary>What nobody expected is told to who waits: without this thread the server is none.</summary>
    private bool WorkOnce(List<Change> batch)
    {
        try
        {
            if (!Gather(batch))
            {
                return false;
            }

            Commit(batch);
        }
        catch (Exception e)
        {
            batch.ForEach(change => change.Fail(SqliteLedger.Unexpected(e)));
        }

        return true;
    }

    /// <returns><see langword="false"/> at the end of everything.</returns>
    private bool Gather(List<Change> batch)
    {
        lock (gate)
        {
            while (queue.Count == 0 && !closed)
            {
                Monitor.Wait(gate);
            }

            if (awaited == 0 && !closed)
            {
                WaitForCompany();
            }

            if (crowded && awaited < Crowd && !closed)
            {
                wanted = Crowd;
                Monitor.Wait(gate, CrowdPatience);
                wanted = 1;
            }

            crowded = awaited >= Crowd / 2;
            while (batch.Count < MostInOneCommit && queue.TryDequeue(out var change))
            {
                batch.Add(change);
                awaited -= change.IsAwaited ? 1 : 0;
            }

            return batch.Count > 0;
        }
    }

    /// <summary>Until somebody waits for a commit, or has had patience enough.</summary>
    private void WaitForCompany()
    {
        var began = Environment.TickCount64;
        while (awaited == 0 && !closed && queue.Count < MostInOneCommit)
        {
            var left = Patience - TimeSpan.FromMilliseconds(Environment.TickCount64 - began);
            if (left <= TimeSpan.Zero || !Monitor.Wait(gate, left))
            {
                return;
            }
        }
    }
}
