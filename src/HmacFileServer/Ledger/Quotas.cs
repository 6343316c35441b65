using HmacFileServer.Settings;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;

namespace HmacFileServer.Ledger;

/// <summary>
/// Admits uploads as far as the quotas go. What was stored and what running uploads were promised is judged in one
/// step, so that no number of uploads at once can pass a quota by a byte. Where the oldest files are to make room, they
/// do when the new one is there, whole and admitted: an upload that fails deletes nothing.
/// </summary>
internal sealed class Quotas(ILedger ledger, Eraser eraser, ILogger<Quotas> log)
{
    private const int OldestAtATime = 100;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Account> owners = new(StringComparer.Ordinal);
    private readonly Account everybody = new();

    /// <summary>Whether any quota applies to the owner.</summary>
    public static bool Apply(string? owner, QuotaSettings quotas) => quotas.Total.Bytes != 0
        || (owner is not null && (quotas.Of(owner).Bytes != 0 || quotas.PerOwnerDaily.Bytes != 0));

    /// <returns>Null when it does not fit.</returns>
    public UsageReservation? TryReserve(string? owner, long bytes, QuotaSettings quotas, DateTimeOffset now)
    {
        if (!Apply(owner, quotas))
        {
            return UsageReservation.Unlimited;
        }

        var own = owner is null ? 0 : quotas.Of(owner).Bytes;
        var daily = owner is null ? 0 : quotas.PerOwnerDaily.Bytes;
        var replaces = own != 0 && quotas.WhenFull == WhenFull.ReplaceOldest;

        lock (gate)
        {
            var account = owner is null ? null : AccountOf(owner);
            var overTotal = Over(
                everybody, ref everybody.Stored, bytes, quotas.Total.Bytes, () => ledger.UsageOf(null).Bytes);
            var overDaily = account is null ? 0
                : Over(account, ref account.Today, bytes, daily, () => ledger.UploadedSince(owner!, now - Day));
            var overOwn = account is null ? 0
                : replaces ? account.Promised + bytes - own
                : Over(account, ref account.Stored, bytes, own, () => ledger.UsageOf(owner).Bytes);
            if (overTotal <= 0 && overDaily <= 0 && overOwn <= 0)
            {
                everybody.Promise(bytes);
                account?.Promise(bytes);
                return new UsageReservation(this, owner, bytes, replaces ? own : 0);
            }

            Forget(owner, account);
            everybody.Forget();
            return null;
        }
    }

    /// <summary>
    /// By how many bytes a quota would be passed. While uploads run, the sum is kept along with them, and read from the
    /// ledger again before anybody is refused: files may have been deleted, or a day gone by. The lower of the two sums
    /// is never too low, for what it lacks is still among the promised.
    /// </summary>
    private static long Over(Account account, ref long? sum, long bytes, long quota, Func<long> read)
    {
        if (quota == 0)
        {
            return 0;
        }

        sum ??= read();
        if (sum.Value + account.Promised + bytes > quota)
        {
            sum = Math.Min(sum.Value, read());
        }

        return sum.Value + account.Promised + bytes - quota;
    }

    /// <summary>A place behind all uploads of the owner that are about to be published.</summary>
    /// <returns>When the last of them is.</returns>
    private Task QueueUp(string owner, Task turn)
    {
        lock (gate)
        {
            var account = owners[owner];
            var before = account.LastTurn;
            account.LastTurn = turn;
            return before;
        }
    }

    /// <summary>Removes an owner's oldest files, as many as it takes until he is within his quota.</summary>
    /// <returns><see langword="false"/> when there is nothing left to remove.</returns>
    private async Task<bool> MakeRoomAsync(string owner, long quota)
    {
        while (ledger.UsageOf(owner).Bytes - quota is > 0 and var over)
        {
            if (!await RemoveOldestAsync(owner, over))
            {
                return false;
            }
        }

        return true;
    }

    /// <returns><see langword="false"/> when there is nothing left to remove.</returns>
    private async Task<bool> RemoveOldestAsync(string owner, long bytes)
    {
        var going = new List<string>();
        foreach (var oldest in ledger.List(new LedgerQuery { Owner = owner, Limit = OldestAtATime }))
        {
            going.Add(oldest.Key);
            bytes -= oldest.Size;
            if (bytes <= 0)
            {
                break;
            }
        }

        if (going.Count == 0)
        {
            return false;
        }

        var burials = await eraser.EraseAsync(going, BurialReason.Crowded, Actor.Quota);
        log.MadeRoom(owner, burials.Files, burials.Bytes);
        return burials.Busy.Count < going.Count;
    }

    private Account AccountOf(string owner)
    {
        if (!owners.TryGetValue(owner, out var account))
        {
            owners.Add(owner, account = new Account());
        }

        return account;
    }

    private void Forget(string? owner, Account? account)
    {
        if (account is { Promises: 0 })
        {
            owners.Remove(owner!);
        }
    }

    private void Return(string? owner, long bytes, long stored)
    {
        lock (gate)
        {
            everybody.Return(bytes, stored);
            if (owner is not null)
            {
                var account = owners[owner];
                account.Return(bytes, stored);
                Forget(owner, account);
            }
        }
    }

    /// <summary>Sums of one owner's, or everybody's, while uploads are under way; forgotten when none is.</summary>
    private sealed class Account
    {
        public long? Stored;
        public long? Today;

        public long Promised { get; private set; }

        public int Promises { get; private set; }

        public Task LastTurn { get; set; } = Task.CompletedTask;

        public void Forget() => (Stored, Today) = Promises == 0 ? (null, null) : (Stored, Today);

        public void Promise(long bytes)
        {
            Promised += bytes;
            Promises++;
        }

        public void Return(long bytes, long stored)
        {
            Promised -= bytes;
            Promises--;
            (Stored, Today) = (Stored + stored, Today + stored);
            Forget();
        }
    }

    /// <summary>
    /// Room for one upload within the quotas. Given back on dispose, or turned into stored bytes if they were.
    /// </summary>
    /// <param name="replacing">The owner's quota, where the oldest files make room; else 0.</param>
    internal sealed class UsageReservation(Quotas? quotas, string? owner, long bytes, long replacing) : IDisposable
    {
        public static readonly UsageReservation Unlimited = new(null, null, 0, 0);

        private readonly TaskCompletionSource? turn =
            replacing == 0 ? null : new(TaskCreationOptions.RunContinuationsAsynchronously);

        private long stored;

        /// <summary>Whether old files of the owner may have to go for it.</summary>
        public bool TakesRoomOfOthers => turn is not null;

        /// <summary>
        /// Before the file enters the ledger. Where old files make room, an owner's uploads are published one after the
        /// other, until they are disposed of: so each counts all that is stored, and deletes what it needs and no more.
        /// </summary>
        public Task WaitForTurnAsync() => turn is null ? Task.CompletedTask : quotas!.QueueUp(owner!, turn.Task);

        /// <summary>When the file, whole, is in the ledger, and before anybody sees it.</summary>
        /// <returns><see langword="false"/> when the quota is passed and nothing is left to remove.</returns>
        public Task<bool> MakeRoomAsync() =>
            turn is null ? Task.FromResult(true) : quotas!.MakeRoomAsync(owner!, replacing);

        /// <summary>The file is in the ledger now.</summary>
        public void Stored()
        {
            if (quotas is not null)
            {
                stored = bytes;
            }
        }

        public void Dispose()
        {
            quotas?.Return(owner, bytes, stored);
            turn?.TrySetResult();
        }
    }
}
