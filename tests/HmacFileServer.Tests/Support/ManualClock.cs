namespace HmacFileServer.Tests.Support;

/// <summary>Time that moves only when a test says so, and runs the timers that fall due.</summary>
internal sealed class ManualClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<ManualTimer> armed = [];
    private readonly List<(TimeSpan Due, TaskCompletionSource Seen)> waiting = [];
    private DateTimeOffset now = start;
    private TimeSpan wallIsOff;

    public ManualClock()
        : this(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            return now + wallIsOff;
        }
    }

    public override long GetTimestamp()
    {
        lock (gate)
        {
            return now.UtcTicks;
        }
    }

    /// <summary>Somebody sets the clock; no time passes.</summary>
    public void SetWallClock(TimeSpan by)
    {
        lock (gate)
        {
            wallIsOff += by;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        ManualTimer[] due;
        lock (gate)
        {
            now += by;
            due = [.. armed.Where(timer => timer.At <= now)];
            armed.RemoveAll(due.Contains);
        }

        foreach (var timer in due)
        {
            timer.Fire();
        }
    }

    /// <summary>Ends when somebody has set a timer that falls due that long after now.</summary>
    public Task ArmedAsync(TimeSpan due)
    {
        lock (gate)
        {
            if (armed.Exists(timer => timer.At == now + due))
            {
                return Task.CompletedTask;
            }

            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((due, seen));
            return seen.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    private void Arm(ManualTimer timer, TimeSpan due)
    {
        lock (gate)
        {
            armed.Remove(timer);
            if (due == Timeout.InfiniteTimeSpan)
            {
                return;
            }

            timer.At = now + due;
            armed.Add(timer);
            foreach (var (_, seen) in waiting.Where(waiter => waiter.Due == due))
            {
                seen.TrySetResult();
            }
        }
    }

    private sealed class ManualTimer(ManualClock clock, Action fire) : ITimer
    {
        public DateTimeOffset At { get; set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Arm(this, dueTime);
            return true;
        }

        public void Dispose() => clock.Arm(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
