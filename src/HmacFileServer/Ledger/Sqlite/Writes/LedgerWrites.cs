using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Storage;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Ledger.Sqlite.Writes;

/// <summary>What the one writer does to the database, statement by statement, inside its transaction.</summary>
internal sealed partial class LedgerWrites : IDisposable
{
    private const int HashBytes = 16; // of a key: 128 bits, no two keys of one store ever meet

    private readonly Database database;
    private readonly SafeFileHandle? log;
    private readonly List<Statement> statements = [];
    private readonly Statement begin, commit, rollback;
    private readonly Statement insert, lastOfMillisecond, withdraw, find, mark, settle, isInFlight;
    private readonly Statement findOwner, addOwner, count, spend;
    private readonly Statement bury, findBurial, unlinking, unlinked, gone, forgetBurials, forgetSpent, lastOwner;
    private readonly Statement isBlocked, block, setNote, dropNote;
    private readonly OwnerIds owners;
    private long lastPlace;

    /// <param name="log">The database's write-ahead log; null when nothing needs to survive a power cut.</param>
    public LedgerWrites(Database database, SafeFileHandle? log)
    {
        this.database = database;
        this.log = log;
        begin = Prepare("BEGIN IMMEDIATE");
        commit = Prepare("COMMIT");
        rollback = Prepare("ROLLBACK");

        insert = Prepare("INSERT OR IGNORE INTO blob (place, key, size, type, owner, scheme, expires, sha256) "
            + "VALUES (?,?,?,?,?,?,?,?)");
        lastOfMillisecond = Prepare("SELECT max(place) FROM blob WHERE place BETWEEN ? AND ?");
        withdraw = Prepare("DELETE FROM blob WHERE key = ? "
            + "RETURNING place, size, type, owner, scheme, expires, sha256");
        find = Prepare("SELECT place FROM blob WHERE key = ?");
        mark = Prepare("INSERT INTO in_flight (place) VALUES (?)");
        settle = Prepare("DELETE FROM in_flight WHERE place = ?");
        isInFlight = Prepare("SELECT 1 FROM in_flight WHERE place = ?");

        findOwner = Prepare("SELECT id FROM owner WHERE name = ?");
        addOwner = Prepare("INSERT INTO owner (name) VALUES (?) RETURNING id");
        count = Prepare("UPDATE owner SET bytes = bytes + ?, files = files + ? WHERE id = ?");
        spend = Prepare("INSERT OR REPLACE INTO spent (owner, place, bytes) VALUES (?, ?, ?)");

        bury = Prepare("INSERT INTO tombstone (hash, buried, reason) VALUES (?,?,?) ON CONFLICT (hash) DO NOTHING");
        findBurial = Prepare("SELECT 1 FROM tombstone WHERE hash = ?");
        unlinking = Prepare("INSERT OR IGNORE INTO unlinking (key, buried) VALUES (?, ?)");
        unlinked = Prepare("UPDATE unlinking SET done = 1 WHERE key = ?");
        gone = Prepare("DELETE FROM unlinking WHERE key = ?");
        forgetBurials = Prepare("DELETE FROM tombstone WHERE hash IN (SELECT hash FROM tombstone WHERE buried < ? "
            + "ORDER BY buried LIMIT ?)");
        forgetSpent = Prepare("DELETE FROM spent WHERE owner BETWEEN ? AND ? AND place < ?");
        lastOwner = Prepare("SELECT max(id) FROM owner");

        isBlocked = Prepare("SELECT 1 FROM blocked WHERE sha256 = ?");
        block = Prepare("INSERT OR IGNORE INTO blocked (sha256, since) VALUES (?, ?)");
        setNote = Prepare(
            "INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        dropNote = Prepare("DELETE FROM note WHERE name = ?");
        owners = new OwnerIds(findOwner, addOwner);
        lastPlace = lastOfMillisecond.Set(1, 0).Set(2, long.MaxValue).Number() ?? 0;
    }

    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key))[..HashBytes];

    public void Begin() => begin.Run();

    public void Commit()
    {
        CountEverybody();
        commit.Run();
        flights.Commit();
    }

    /// <summary>Makes what was committed survive a power cut.</summary>
    /// <exception cref="PosixException">It does not.</exception>
    public void Sync()
    {
        if (log is not null)
        {
            Posix.SyncContent(log);
        }
    }

    public void Rollback()
    {
        owners.Forget(); // those added in this transaction are not there
        flights.Rollback();
        (newBytes, newFiles) = (0, 0);
        if (SQLitePCL.raw.sqlite3_get_autocommit(database.Handle) == 0) // else SQLite has rolled back by itself
        {
            rollback.Run();
        }
    }

    public void Dispose()
    {
        foreach (var statement in statements)
        {
            statement.Dispose();
        }

        log?.Dispose();
        database.Dispose();
    }

    private Statement Prepare(string sql)
    {
        var statement = new Statement(database, sql);
        statements.Add(statement);
        return statement;
    }
}
