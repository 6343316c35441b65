namespace HmacFileServer.Ledger;

/// <summary>
/// Who stored what, how much, of which type, until when. The files are the truth and this is what is known of them: it
/// can be lost, and downloads go on. As wide as a second implementation needs, for several nodes on shared storage.
/// <para>
/// What is awaited is durable when the task completes. Questions see that, and what was confirmed before they were
/// asked. Safe for every thread.
/// </para>
/// </summary>
/// <exception cref="LedgerException">Any call: the ledger can't be read or written.</exception>
internal interface ILedger : IDisposable
{
    /// <summary>
    /// Enters a file that is about to be published, and counts it. Until <see cref="Confirm"/> it is in flight: unknown
    /// to every question but <see cref="UsageOf"/>, and after a crash kept only if the file is there.
    /// </summary>
    Task<Enrolment> EnrolAsync(LedgerEntry entry);

    /// <summary>
    /// The same after <see cref="Enrolment.Known"/>, in place of an entry whose file is not there: removed behind our
    /// back, or about to be published by another process.
    /// </summary>
    Task<Enrolment> ReplaceAsync(LedgerEntry entry);

    /// <summary>
    /// The file is published, and this its entry, whatever another process has made of it meanwhile. Not waited for: a
    /// crash before it is written leaves an entry in flight, with a file.
    /// </summary>
    void Confirm(LedgerEntry entry);

    /// <summary>
    /// The file was not published after all: what <see cref="ReplaceAsync"/> took out is back. Leaves alone what
    /// another process has made of the entry meanwhile.
    /// </summary>
    Task WithdrawAsync(LedgerEntry entry);

    LedgerEntry? Find(string key);

    /// <summary>Whether the key was deleted or has expired, not longer ago than tombstones are kept.</summary>
    Burial? FindBurial(string key);

    /// <param name="owner">Null for everything there is, with or without an owner.</param>
    Usage UsageOf(string? owner);

    /// <summary>Every owner that has files, most bytes first.</summary>
    IReadOnlyList<OwnerUsage> Owners(int limit);

    /// <summary>Bytes an owner has stored since then, deleted on that same day or not.</summary>
    long UploadedSince(string owner, DateTimeOffset since);

    /// <summary>Oldest first.</summary>
    IReadOnlyList<LedgerEntry> List(LedgerQuery query);

    /// <summary>Files whose own expiry has come, those first that came first.</summary>
    IReadOnlyList<LedgerEntry> Expired(DateTimeOffset now, int limit);

    /// <summary>
    /// Takes the entries out, leaves a tombstone for each key, known or not, and notes that its file is to be unlinked.
    /// </summary>
    Task<Burials> BuryAsync(IReadOnlyList<string> keys, BurialReason reason, DateTimeOffset now);

    /// <summary>Entries in flight: what a crash may have left without a file.</summary>
    IReadOnlyList<LedgerEntry> InFlight();

    /// <summary>
    /// The files of these buried keys were unlinked. Not waited for: a crash before leaves work that is done twice.
    /// </summary>
    void Unlinked(IReadOnlyList<string> keys);

    /// <summary>Buried keys whose file was perhaps not unlinked: what a crash left.</summary>
    IReadOnlyList<string> Interrupted();

    /// <summary>Buried keys whose file may still be there, or come back after a power cut.</summary>
    IReadOnlyList<string> Unlinking(DateTimeOffset buriedBefore, int limit);

    /// <summary>The files of these buried keys are gone for good.</summary>
    Task GoneAsync(IReadOnlyList<string> keys);

    /// <summary>
    /// Drops tombstones, and what is kept of deleted uploads for the day's count, that are older. Some at a time.
    /// </summary>
    /// <returns><see langword="true"/> when there may be more.</returns>
    Task<bool> ForgetAsync(DateTimeOffset tombstonesBefore, DateTimeOffset uploadsBefore, int limit);

    /// <summary>Refuses a content from now on.</summary>
    /// <returns><see langword="false"/> when it was refused already.</returns>
    Task<bool> BlockAsync(byte[] sha256, DateTimeOffset now);

    /// <summary>
    /// Enters files found on disk. An entry that is there stays as it is; so does a tombstone, and the file with it.
    /// </summary>
    /// <returns>How many were entered.</returns>
    Task<int> AdoptAsync(IReadOnlyList<LedgerEntry> found);

    /// <summary>A word the ledger keeps for its users, such as how far a sweep has come.</summary>
    string? Note(string name);

    Task NoteAsync(string name, string? value);
}

/// <summary>What became of an entry.</summary>
internal enum Enrolment
{
    Enrolled,

    /// <summary>The key has an entry already, which stays as it is.</summary>
    Known,

    /// <summary>The key was deleted: its old URL stores nothing any more.</summary>
    Buried,

    /// <summary>The content is refused.</summary>
    Blocked,
}

internal sealed record Usage(long Bytes, long Files)
{
    public static readonly Usage None = new(0, 0);
}

internal sealed record OwnerUsage(string Owner, long Bytes, long Files);

/// <summary>Why a key is gone. The numbers are stored.</summary>
internal enum BurialReason
{
    Deleted = 1,
    Expired = 2,

    /// <summary>Its owner's quota, or the disk, was full.</summary>
    Crowded = 3,
}

internal sealed record Burial(DateTimeOffset At, BurialReason Reason);

/// <param name="Files">Entries taken out.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Busy">Keys left alone, for they are being uploaded at this moment.</param>
internal sealed record Burials(int Files, long Bytes, IReadOnlyList<string> Busy);

/// <summary>The ledger can't be read or written; the files can.</summary>
internal sealed class LedgerException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>For want of space.</summary>
    public bool IsFull { get; init; }

    /// <summary>What lies there is no ledger, or is one no more.</summary>
    public bool IsDamaged { get; init; }
}
