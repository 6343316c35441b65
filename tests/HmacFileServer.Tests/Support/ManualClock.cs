using Microsoft.Extensions.Time.Testing;

namespace HmacFileServer.Tests.Support;

/// <summary>Time that moves only when a test says so; it tells when somebody has set a timer.</summary>
internal sealed class ManualClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Lock gate = new();
    private readonly Dictionary<ITimer, DateTimeOffset> armed = [];
    private readonly List<(TimeSpan Due, TaskCompletionSource Seen)> waiting = [];
    private TimeSpan wallIsOff;

    public ManualClock()
        : this(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000))
    {
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + wallIsOff;

    public override long GetTimestamp() => base.GetUtcNow().UtcTicks;

    /// <summary>Somebody sets the clock; no time passes.</summary>
    public void SetWallClock(TimeSpan by) => wallIsOff += by;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(this, base.CreateTimer(callback, state, dueTime, period));
        Note(timer, dueTime);
        return timer;
    }

    /// <summary>Ends when somebody has set a timer that falls due that long after now.</summary>
    public Task ArmedAsync(TimeSpan due)
    {
        lock (gate)
        {
            if (armed.ContainsValue(base.GetUtcNow() + due))
            {
                return Task.CompletedTask;
            }

            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((due, seen));
            return seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    private void Note(ITimer timer, TimeSpan due)
    {
        lock (gate)
        {
            if (due == Timeout.InfiniteTimeSpan)
            {
                armed.Remove(timer);
                return;
            }

            armed[timer] = base.GetUtcNow() + due;
            foreach (var (_, seen) in waiting.Where(waiter => waiter.Due == due))
            {
                seen.TrySetResult();
            }
        }
    }

    private sealed class WatchedTimer(ManualClock clock, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = timer.Change(dueTime, period);
            clock.Note(this, dueTime);
            return changed;
        }

        public void Dispose()
        {
            timer.Dispose();
            clock.Note(this, Timeout.InfiniteTimeSpan);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
