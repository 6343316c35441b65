using HmacFileServer.Ledger;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;

namespace HmacFileServer.Retention;

/// <summary>
/// Deletes from disk what has ended, in small batches, each durable before the next, so that it can stop anywhere.
/// Looks only at what has ended: the ledger finds it by an index, or by the order of storing.
/// </summary>
internal sealed class Sweeper(
    LiveSettings settings, ILedger ledger, Eraser eraser, Grace grace, DiskSpace space, TimeProvider time,
    ServerMetrics metrics, BackgroundErrors errors, ILogger<Sweeper> log)
    : BackgroundService
{
    // A batch holds the ledger's writer while it reads a few cold pages for each file; uploads wait that long, and are
    // left alone for a multiple of it then. With 50 files and one pause their p99 was three times the idle one
    // (docs/ledger.md).
    private const int Batch = 10;
    private const int Pauses = 2;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // .NET's timers end at 49 days.
    private static readonly TimeSpan LongestInterval = TimeSpan.FromDays(49);

    private TimeSpan Interval => settings.Current.Retention.CleanupInterval.Time is var asked
        && asked < LongestInterval ? asked : LongestInterval;

    /// <summary>One look at everything that may be due.</summary>
    /// <returns>Files deleted.</returns>
    public async Task<int> SweepAsync(CancellationToken cancel)
    {
        var (rules, now) = (settings.Current.Retention, time.GetUtcNow());
        await grace.BeginAsync(rules, now);
        var forReal = grace.IsOver(rules, now);
        var swept = new Swept();
        if (rules.CleanupDryRun)
        {
            SweepReport.Add(swept, ledger.Expired(now, SweepReport.Most));
        }
        else
        {
            await EraseAllAsync(() => ledger.Expired(now, Batch), BurialReason.Expired, swept, cancel);
        }

        if (rules.HasRules && forReal)
        {
            await ByAgeAsync(rules, now, swept, cancel);
            await ByDiskAsync(rules, swept, cancel);
        }
        else if (rules.HasRules)
        {
            SweepReport.AddByRules(swept, ledger, rules, now, space, cancel);
        }

        Tell(rules, swept, forReal);
        await eraser.FinishAsync();
        while (await ledger.ForgetAsync(now - rules.TombstoneAge.Time, now - Day, Batch * 20))
        {
            cancel.ThrowIfCancellationRequested();
        }

        return swept.Deleted;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // the start of the server waits for nothing here
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var began = time.GetTimestamp();
                await SweepAsync(stoppingToken);
                metrics.Swept(time.GetElapsedTime(began), time.GetUtcNow());
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was: the host would end the server for it, and uploads don't depend on a sweep.
                metrics.SweepFailed();
                errors.Report(BackgroundTask.Sweeper, e);
            }

            // A cancelled wait is the end, and no failure: also when the server could not start.
            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ByAgeAsync(RetentionSettings rules, DateTimeOffset now, Swept swept, CancellationToken cancel)
    {
        if (rules.MaxAge.Time > TimeSpan.Zero)
        {
            var before = StoredBy(now, rules.MaxAge);
            await EraseAllAsync(
                () => ledger.List(new LedgerQuery { StoredBefore = before, Limit = Batch }), BurialReason.Expired,
                swept, cancel);
        }

        foreach (var large in rules.Classes)
        {
            // The small files among those of this age stay. How far we have come is noted: each file is looked at once.
            var progress = new ClassProgress(ledger, large);
            var query = new LedgerQuery
            {
                StoredBefore = StoredBy(now, large.MaxAge),
                LargerThan = large.LargerThan.Bytes,
                Limit = Batch,
                StoredFrom = progress.Read(),
            };
            await EraseAllAsync(() => ledger.List(query), BurialReason.Expired, swept, cancel);
            await progress.WriteAsync(query.StoredBefore.Value);
        }
    }

    private async Task ByDiskAsync(RetentionSettings rules, Swept swept, CancellationToken cancel)
    {
        var excess = space.BytesToFree(rules.DiskHigh.Value, rules.DiskLow.Value);
        if (excess <= 0)
        {
            return;
        }

        // No more than what is too much now: were the disk full of other things than ours, we would delete
        // everything we have.
        log.DiskHigh(rules.DiskHigh.Value, excess);
        await EraseAllAsync(Oldest, BurialReason.Crowded, swept, cancel);

        List<LedgerEntry> Oldest()
        {
            var going = new List<LedgerEntry>();
            foreach (var entry in excess > 0 ? ledger.List(new LedgerQuery { Limit = Batch }) : [])
            {
                if (excess > 0)
                {
                    going.Add(entry);
                    excess -= entry.Size;
                }
            }

            return going;
        }
    }

    private async Task EraseAllAsync(
        Func<IReadOnlyList<LedgerEntry>> next, BurialReason reason, Swept swept, CancellationToken cancel)
    {
        while (next() is { Count: > 0 } entries)
        {
            cancel.ThrowIfCancellationRequested();
            var began = TimeProvider.System.GetTimestamp();
            var burials = await eraser.EraseAsync([.. entries.Select(entry => entry.Key)], reason, Actor.Sweeper);
            swept.Deleted += burials.Files;
            swept.Bytes += burials.Bytes;
            await Task.Delay(TimeProvider.System.GetElapsedTime(began) * Pauses, TimeProvider.System, cancel);
        }
    }

    /// <summary>A file of this very age has ended.</summary>
    private static DateTimeOffset StoredBy(DateTimeOffset now, Duration age) =>
        now - age.Time + TimeSpan.FromMilliseconds(1);

    private void Tell(RetentionSettings rules, Swept swept, bool forReal)
    {
        if (swept.Deleted > 0)
        {
            log.Swept(swept.Deleted, swept.Bytes);
        }

        if (rules.CleanupDryRun || (rules.HasRules && !forReal))
        {
            log.WouldSweep(
                swept.Due, swept.DueBytes, grace.EndsAt(rules)?.ToString("u") ?? "never, for cleanup_dry_run is on");
        }
    }
}

/// <summary>What a sweep did, and what it would have done.</summary>
internal sealed class Swept
{
    public int Deleted { get; set; }

    public long Bytes { get; set; }

    public long Due { get; set; }

    public long DueBytes { get; set; }
}
