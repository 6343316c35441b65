using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace HmacFileServer.Ledger.Sqlite;

/// <summary>The database file: how connections to it are made, and its tables.</summary>
internal sealed class LedgerFile(string path, bool durable)
{
    public const string Name = "ledger.db";

    private const int Version = 1;                       // PRAGMA user_version
    private const int WriterCacheKibibytes = 8 << 10;
    private const int ReaderCacheKibibytes = 4 << 10;

    // 64 MiB of log: a page that many uploads touch is written back once, and so seldom that only one small upload in
    // some thousands waits for it
    private const int CheckpointPages = 16_384;
    private const int KeptLogBytes = 64 << 20;

    // the CLI writes beside the server: each holds the lock for milliseconds
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // A place is the millisecond of storing, and a number within it: rows are appended in the order of age, "the
    // oldest" and "older than" are ranges of the primary key, and need no index of their own.
    public const int PlaceBits = 20;

    public static long FirstPlaceOf(DateTimeOffset time) => time.ToUnixTimeMilliseconds() << PlaceBits;

    private const string Schema = """
        CREATE TABLE owner (
            id INTEGER PRIMARY KEY,           -- 1 is everybody
            name TEXT NOT NULL UNIQUE,
            bytes INTEGER NOT NULL DEFAULT 0,
            files INTEGER NOT NULL DEFAULT 0);
        INSERT INTO owner (id, name) VALUES (1, '');

        CREATE TABLE blob (
            place INTEGER PRIMARY KEY,        -- milliseconds since 1970, times 2^20, and a number
            key TEXT NOT NULL UNIQUE,
            size INTEGER NOT NULL,
            type TEXT,
            owner INTEGER,
            scheme TEXT NOT NULL,
            expires INTEGER,                  -- milliseconds since 1970, the file's own; not retention by age
            sha256 BLOB);
        CREATE INDEX blob_owner ON blob (owner) WHERE owner IS NOT NULL;
        CREATE INDEX blob_expires ON blob (expires) WHERE expires IS NOT NULL;
        CREATE INDEX blob_sha256 ON blob (sha256) WHERE sha256 IS NOT NULL;

        -- Places of entries whose file may not be published yet: as many as uploads are in flight.
        CREATE TABLE in_flight (place INTEGER PRIMARY KEY);

        -- What was deleted on the day it was stored: the daily quota counts it all the same.
        CREATE TABLE spent (
            owner INTEGER,
            place INTEGER,
            bytes INTEGER NOT NULL,
            PRIMARY KEY (owner, place)) WITHOUT ROWID;

        -- A hash of the key, not the key: a tombstone outlives its file, and a file's name may be personal data.
        CREATE TABLE tombstone (hash BLOB PRIMARY KEY, buried INTEGER NOT NULL, reason INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX tombstone_buried ON tombstone (buried);

        -- Buried keys whose file is being removed.
        CREATE TABLE unlinking (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            buried INTEGER NOT NULL,
            done INTEGER NOT NULL DEFAULT 0);

        CREATE TABLE blocked (sha256 BLOB PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        """;

    public string Path { get; } = path;

    public Database OpenToWrite()
    {
        MakePrivate();
        var database = Open(raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        try
        {
            // The log is synced before what is in it goes to the database, and not at each commit: see OpenLog.
            database.Execute("PRAGMA synchronous = NORMAL");
            database.Execute($"PRAGMA cache_size = -{WriterCacheKibibytes}");
            database.Execute($"PRAGMA wal_autocheckpoint = {CheckpointPages}");
            database.Execute($"PRAGMA journal_size_limit = {KeptLogBytes}");
            Create(database);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The write-ahead log of an open database, to be synced after each commit; null when that is not wanted. SQLite
    /// would do it (synchronous = FULL), but by fsync(2), as its build knows no fdatasync(2): that waits for the file
    /// system's journal, too, for the sake of the time at which the log was changed.
    /// </summary>
    public SafeFileHandle? OpenLog(Database database)
    {
        // It lies beside the file itself, and Path may be a symbolic link.
        var log = raw.sqlite3_db_filename(database.Handle, "main").utf8_to_string() + "-wal";
        return durable ? File.OpenHandle(log, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite) : null;
    }

    public Database OpenToRead()
    {
        var database = Open(raw.SQLITE_OPEN_READWRITE); // a reader of a write-ahead log writes to its shared memory
        database.Execute("PRAGMA query_only = ON");
        database.Execute($"PRAGMA cache_size = -{ReaderCacheKibibytes}");
        return database;
    }

    /// <summary>
    /// It names owners and what they stored. SQLite gives the log beside it the same mode.
    /// </summary>
    private void MakePrivate()
    {
        if (File.Exists(Path))
        {
            return; // to open and close it would drop the locks that this process may hold on it (fcntl_locking(2))
        }

        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        try
        {
            using var file = new FileStream(Path, options);
        }
        catch (IOException) when (File.Exists(Path))
        {
            // Another process was faster.
        }
    }

    private Database Open(int flags) => Database.Open(Path, flags, Patience);

    private static void Create(Database database)
    {
        database.Execute("PRAGMA journal_mode = WAL");
        var version = UserVersion(database);
        if (version == 0)
        {
            database.Execute("BEGIN IMMEDIATE");
            if (UserVersion(database) == 0) // not made by another process meanwhile
            {
                database.Execute(Schema);
                database.Execute($"PRAGMA user_version = {Version}");
            }

            database.Execute("COMMIT");
        }
        else if (version > Version)
        {
            throw new LedgerException(string.Create(
                CultureInfo.InvariantCulture,
                $"The ledger is of version {version}, made by a newer server; this one knows {Version}."));
        }
    }

    private static long UserVersion(Database database)
    {
        using var version = new Statement(database, "PRAGMA user_version");
        return version.Number() ?? 0;
    }
}
