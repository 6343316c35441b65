namespace HmacFileServer.Ledger.Repair;

/// <summary>
/// Stands for a ledger that could not be opened: knows nothing and takes nothing. Files are served as before; nothing
/// new is stored, for nobody could tell whether it may be.
/// </summary>
internal sealed class BrokenLedger(LedgerException cause) : ILedger
{
    public Task<Enrolment> EnrolAsync(LedgerEntry entry) => Task.FromException<Enrolment>(Closed());

    public Task<Enrolment> ReplaceAsync(LedgerEntry entry) => Task.FromException<Enrolment>(Closed());

    public void Confirm(LedgerEntry entry) => throw Closed();

    public Task WithdrawAsync(LedgerEntry entry) => Task.FromException(Closed());

    public LedgerEntry? Find(string key) => throw Closed();

    public Burial? FindBurial(string key) => throw Closed();

    public Usage UsageOf(string? owner) => throw Closed();

    public IReadOnlyList<OwnerUsage> Owners(int limit) => throw Closed();

    public long UploadedSince(string owner, DateTimeOffset since) => throw Closed();

    public IReadOnlyList<LedgerEntry> List(LedgerQuery query) => throw Closed();

    public IReadOnlyList<LedgerEntry> Expired(DateTimeOffset now, int limit) => throw Closed();

    public Task<Burials> BuryAsync(IReadOnlyList<string> keys, BurialReason reason, DateTimeOffset now) =>
        Task.FromException<Burials>(Closed());

    public IReadOnlyList<LedgerEntry> InFlight() => throw Closed();

    public void Unlinked(IReadOnlyList<string> keys) => throw Closed();

    public IReadOnlyList<string> Interrupted() => throw Closed();

    public IReadOnlyList<string> Unlinking(DateTimeOffset buriedBefore, int limit) => throw Closed();

    public Task GoneAsync(IReadOnlyList<string> keys) => Task.FromException(Closed());

    public Task<bool> ForgetAsync(DateTimeOffset tombstonesBefore, DateTimeOffset uploadsBefore, int limit) =>
        Task.FromException<bool>(Closed());

    public Task<bool> BlockAsync(byte[] sha256, DateTimeOffset now) => Task.FromException<bool>(Closed());

    public Task<int> AdoptAsync(IReadOnlyList<LedgerEntry> found) => Task.FromException<int>(Closed());

    public string? Note(string name) => throw Closed();

    public Task NoteAsync(string name, string? value) => Task.FromException(Closed());

    public void Dispose()
    {
    }

    private LedgerException Closed() => new(cause.Message, cause);
}
