using System.Collections.Concurrent;
using HmacFileServer.Ledger.Sqlite.Writes;

namespace HmacFileServer.Ledger.Sqlite;

/// <summary>
/// The ledger of one node: a database file beside the files, with a write-ahead log, one writer and as many readers as
/// ask at once. Other processes, such as the command line, may use the same file at the same time.
/// </summary>
internal sealed class SqliteLedger : ILedger
{
    private readonly LedgerFile file;
    private readonly LedgerWriter writer;
    private const int MostReaders = 16; // three files each; a question takes microseconds

    private readonly ConcurrentBag<LedgerReader> idleReaders = [];
    private readonly SemaphoreSlim reading = new(MostReaders);

    private SqliteLedger(LedgerFile file, LedgerWriter writer)
    {
        this.file = file;
        this.writer = writer;
    }

    /// <param name="path">Made when it is not there.</param>
    /// <param name="durable">Whether commits survive a power cut. They survive a killed process in any case.</param>
    /// <exception cref="LedgerException">It can't be used.</exception>
    public static SqliteLedger Open(string path, bool durable)
    {
        var database = new LedgerFile(path, durable);
        try
        {
            return new SqliteLedger(database, new LedgerWriter(OpenWrites(database)));
        }
        catch (DatabaseException e)
        {
            throw Broken(e);
        }
        catch (Exception e) when (e is IOException and not LedgerException or UnauthorizedAccessException)
        {
            throw new LedgerException($"The ledger can't be used: {e.Message}", e);
        }
    }

    private static LedgerWrites OpenWrites(LedgerFile database)
    {
        var opened = database.OpenToWrite();
        try
        {
            return new LedgerWrites(opened, database.OpenLog(opened));
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public static LedgerException Broken(DatabaseException e) => new($"The ledger can't be used: {e.Message}", e)
    {
        IsFull = e.Code == SQLitePCL.raw.SQLITE_FULL,
        IsDamaged = e.Code is SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_CORRUPT,
    };

    public static LedgerException Unexpected(Exception e) => new($"The ledger failed: {e.Message}", e);

    public Task<Enrolment> EnrolAsync(LedgerEntry entry) => writer.WriteAsync(writes => writes.Enrol(entry));

    public Task<Enrolment> ReplaceAsync(LedgerEntry entry) => writer.WriteAsync(writes => writes.Replace(entry));

    public void Confirm(LedgerEntry entry) => writer.WriteSoon(writes => writes.Confirm(entry));

    public Task WithdrawAsync(LedgerEntry entry) => WriteAsync(writes => writes.Withdraw(entry));

    public LedgerEntry? Find(string key) => ReadCaughtUp(reader => reader.Find(key));

    public Burial? FindBurial(string key) => Read(reader => reader.FindBurial(key));

    public Usage UsageOf(string? owner) => Read(reader => reader.UsageOf(owner));

    public IReadOnlyList<OwnerUsage> Owners(int limit) => Read(reader => reader.Owners(limit));

    public long UploadedSince(string owner, DateTimeOffset since) => Read(reader => reader.UploadedSince(owner, since));

    public IReadOnlyList<LedgerEntry> List(LedgerQuery query) => ReadCaughtUp(reader => reader.List(query));

    public IReadOnlyList<LedgerEntry> Expired(DateTimeOffset now, int limit) =>
        ReadCaughtUp(reader => reader.Expired(now, limit));

    public Task<Burials> BuryAsync(IReadOnlyList<string> keys, BurialReason reason, DateTimeOffset now) =>
        writer.WriteAsync(writes => writes.Bury(keys, reason, now));

    public IReadOnlyList<LedgerEntry> InFlight() => ReadCaughtUp(reader => reader.InFlight());

    public void Unlinked(IReadOnlyList<string> keys) => writer.WriteSoon(writes => writes.Unlinked(keys));

    public IReadOnlyList<string> Interrupted() => ReadCaughtUp(reader => reader.Interrupted());

    public IReadOnlyList<string> Unlinking(DateTimeOffset buriedBefore, int limit) =>
        Read(reader => reader.Unlinking(buriedBefore, limit));

    public Task GoneAsync(IReadOnlyList<string> keys) => WriteAsync(writes => writes.Gone(keys));

    public Task<bool> ForgetAsync(DateTimeOffset tombstonesBefore, DateTimeOffset uploadsBefore, int limit) =>
        writer.WriteAsync(writes => writes.Forget(tombstonesBefore, uploadsBefore, limit));

    public Task<bool> BlockAsync(byte[] sha256, DateTimeOffset now) =>
        writer.WriteAsync(writes => writes.Block(sha256, now));

    public Task<int> AdoptAsync(IReadOnlyList<LedgerEntry> found) => writer.WriteAsync(writes => writes.Adopt(found));

    public string? Note(string name) => Read(reader => reader.Note(name));

    public Task NoteAsync(string name, string? value) => WriteAsync(writes => writes.Note(name, value));

    public void Dispose()
    {
        writer.Dispose();
        while (idleReaders.TryTake(out var reader))
        {
            reader.Dispose();
        }

        reading.Dispose();
    }

    private Task<bool> WriteAsync(Action<LedgerWrites> write) => writer.WriteAsync(writes =>
    {
        write(writes);
        return true;
    });

    private T ReadCaughtUp<T>(Func<LedgerReader, T> question)
    {
        writer.CatchUp();
        return Read(question);
    }

    private T Read<T>(Func<LedgerReader, T> question)
    {
        LedgerReader? reader = null;
        reading.Wait();
        try
        {
            if (!idleReaders.TryTake(out reader))
            {
                reader = new LedgerReader(file.OpenToRead());
            }

            var answer = question(reader);
            idleReaders.Add(reader);
            return answer;
        }
        catch (DatabaseException e)
        {
            reader?.Dispose();
            throw Broken(e);
        }
        finally
        {
            reading.Release();
        }
    }
}
