using SQLitePCL;

namespace HmacFileServer.Ledger.Sqlite;

/// <summary>
/// A connection to a SQLite file, straight on the C library: nothing here speaks ADO.NET, which brings a parser of
/// connection strings, regular expressions and descriptors of types into every start.
/// </summary>
internal sealed class Database : IDisposable
{
    private readonly TimeSpan patience;

    static Database() => Batteries_V2.Init();

    private Database(sqlite3 handle, TimeSpan patience)
    {
        Handle = handle;
        this.patience = patience;
    }

    public sqlite3 Handle { get; }

    /// <summary>Loads the C library now, not when it is first needed.</summary>
    public static void Load() => raw.sqlite3_libversion_number();

    /// <param name="path">The file.</param>
    /// <param name="flags">SQLITE_OPEN_…</param>
    /// <param name="patience">How long to wait for others that hold a lock.</param>
    /// <exception cref="DatabaseException">It can't be opened. What it holds is not looked at yet.</exception>
    public static Database Open(string path, int flags, TimeSpan patience)
    {
        var result = raw.sqlite3_open_v2(path, out var handle, flags, null);
        var database = new Database(handle, patience);
        try
        {
            database.Check(result);
            database.Check(raw.sqlite3_busy_timeout(handle, (int)patience.TotalMilliseconds));
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements whose rows nobody wants.</summary>
    public void Execute(string sql)
    {
        // While another makes the log, SQLite does not wait by its own timeout, lest both wait for each other.
        var result = raw.SQLITE_BUSY;
        SpinWait.SpinUntil(() => (result = raw.sqlite3_exec(Handle, sql)) != raw.SQLITE_BUSY, patience);
        Check(result);
    }

    /// <exception cref="DatabaseException">It is not SQLITE_OK.</exception>
    public void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            var message = Handle.IsInvalid ? raw.sqlite3_errstr(result) : raw.sqlite3_errmsg(Handle);
            throw new DatabaseException(result, message.utf8_to_string());
        }
    }

    public void Dispose() => Handle.Dispose();
}

/// <summary>What SQLite said.</summary>
internal sealed class DatabaseException(int result, string message) : Exception($"SQLite Error {result}: '{message}'.")
{
    private const int Primary = 0xFF; // an extended result is the primary one and more, above eight bits

    public int Code { get; } = result & Primary;
}
