using HmacFileServer.Settings;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;

namespace HmacFileServer.Ledger;

/// <summary>
/// Admits uploads as far as the quotas go. What was stored and what running uploads were promised is judged in one
/// step, so that no number of uploads at once can pass a quota by a byte.
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
    public async Task<UsageReservation?> ReserveAsync(
        string? owner, long bytes, QuotaSettings quotas, DateTimeOffset now)
    {
        while (true)
        {
            var reservation = TryReserve(owner, bytes, quotas, now, out var replaceable);
            if (reservation is not null || replaceable == 0 || !await RemoveOldestAsync(owner!, replaceable))
            {
                return reservation;
            }
        }
    }

    /// <param name="replaceable">How many bytes of the owner's would have to go, when that would help and may
    /// be done.</param>
    private UsageReservation? TryReserve(
        string? owner, long bytes, QuotaSettings quotas, DateTimeOffset now, out long replaceable)
    {
        replaceable = 0;
        var own = owner is null ? 0 : quotas.Of(owner).Bytes;
        var daily = owner is null ? 0 : quotas.PerOwnerDaily.Bytes;
        if (!Apply(owner, quotas))
        {
            return UsageReservation.Unlimited;
        }

        lock (gate)
        {
            var account = owner is null ? null : AccountOf(owner);
            var overTotal = Over(
                everybody, ref everybody.Stored, bytes, quotas.Total.Bytes, () => ledger.UsageOf(null).Bytes);
            var overDaily = account is null ? 0
                : Over(account, ref account.Today, bytes, daily, () => ledger.UploadedSince(owner!, now - Day));
            var overOwn = account is null ? 0
                : Over(account, ref account.Stored, bytes, own, () => ledger.UsageOf(owner).Bytes);
            if (overTotal <= 0 && overDaily <= 0 && overOwn <= 0)
            {
                everybody.Promise(bytes);
                account?.Promise(bytes);
                return new UsageReservation(this, owner, bytes);
            }

            Forget(owner, account);
            everybody.Forget();
            var helps = overTotal <= 0 && overDaily <= 0 && bytes <= own;
            replaceable = helps && quotas.WhenFull == WhenFull.ReplaceOldest ? overOwn : 0;
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
    internal sealed class UsageReservation(Quotas? quotas, string? owner, long bytes) : IDisposable
    {
        public static readonly UsageReservation Unlimited = new(null, null, 0);

        private long stored;

        /// <summary>The file is in the ledger now.</summary>
        public void Stored()
        {
            if (quotas is not null)
            {
                stored = bytes;
            }
        }

        public void Dispose() => quotas?.Return(owner, bytes, stored);
    }
}
