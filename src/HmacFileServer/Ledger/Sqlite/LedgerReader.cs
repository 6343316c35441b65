using System.Text;
using HmacFileServer.Ledger.Sqlite.Writes;

namespace HmacFileServer.Ledger.Sqlite;

/// <summary>Answers questions on a connection of its own, beside the writer; one thread at a time.</summary>
internal sealed class LedgerReader(Database database) : IDisposable
{
    private const string Columns =
        "SELECT place, key, size, type, name, scheme, expires, sha256 FROM blob LEFT JOIN owner ON owner.id = owner";

    // In flight: not published yet, so nobody may list it, and least of all delete it.
    private const string Landed = "place NOT IN (SELECT place FROM in_flight)";

    private readonly Dictionary<string, Statement> statements = new(StringComparer.Ordinal);

    public LedgerEntry? Find(string key) =>
        Read(Prepared($"{Columns} WHERE key = ? AND {Landed}").Set(1, key)).FirstOrDefault();

    public Burial? FindBurial(string key)
    {
        if (Prepared("SELECT 1 FROM tombstone LIMIT 1").Number() is null)
        {
            return null; // not hashed for nothing: a server nobody uploads to need not load OpenSSL, which takes 4 MiB
        }

        var statement = Prepared("SELECT buried, reason FROM tombstone WHERE hash = ?")
            .Set(1, LedgerWrites.HashOf(key));
        if (!statement.Next())
        {
            return null;
        }

        var burial = new Burial(
            DateTimeOffset.FromUnixTimeMilliseconds(statement.Long(0)), (BurialReason)statement.Long(1));
        statement.Reset();
        return burial;
    }

    public Usage UsageOf(string? owner)
    {
        var statement = Prepared("SELECT bytes, files FROM owner WHERE name = ?").Set(1, owner ?? "");
        if (!statement.Next())
        {
            return Usage.None;
        }

        var usage = new Usage(statement.Long(0), statement.Long(1));
        statement.Reset();
        return usage;
    }

    public IReadOnlyList<OwnerUsage> Owners(int limit)
    {
        var statement = Prepared(
            "SELECT name, bytes, files FROM owner WHERE files > 0 AND id > 1 ORDER BY bytes DESC LIMIT ?")
            .Set(1, limit);
        var owners = new List<OwnerUsage>();
        while (statement.Next())
        {
            owners.Add(new OwnerUsage(statement.Text(0), statement.Long(1), statement.Long(2)));
        }

        return owners;
    }

    public long UploadedSince(string owner, DateTimeOffset since) => Prepared("""
        SELECT coalesce((SELECT sum(size) FROM blob WHERE owner = o.id AND place >= ?2), 0)
             + coalesce((SELECT sum(bytes) FROM spent WHERE owner = o.id AND place >= ?2), 0)
        FROM owner AS o WHERE name = ?1
        """)
        .Set(1, owner).Set(2, LedgerFile.FirstPlaceOf(since)).Number() ?? 0;

    public IReadOnlyList<LedgerEntry> List(LedgerQuery query)
    {
        var sql = new StringBuilder(Columns).Append(" WHERE place > ?1 AND ").Append(Landed);
        Append(sql, query.Owner, " AND owner = (SELECT id FROM owner WHERE name = ?2)");
        Append(sql, query.LargerThan, " AND size > ?3");
        Append(sql, query.StoredBefore, " AND place < ?4");
        Append(sql, query.Sha256, " AND sha256 = ?5");
        Append(sql, query.StoredFrom, " AND place >= ?7");
        var statement = Prepared(sql.Append(" ORDER BY place LIMIT ?6").ToString())
            .Set(1, query.After).Set(6, query.Limit);
        _ = query.Owner is null ? statement : statement.Set(2, query.Owner);
        _ = query.LargerThan is null ? statement : statement.Set(3, query.LargerThan);
        _ = query.StoredBefore is { } before ? statement.Set(4, LedgerFile.FirstPlaceOf(before)) : statement;
        _ = query.StoredFrom is { } from ? statement.Set(7, LedgerFile.FirstPlaceOf(from)) : statement;
        _ = query.Sha256 is null ? statement : statement.Set(5, query.Sha256);
        return Read(statement);

        static void Append(StringBuilder sql, object? condition, string text)
        {
            if (condition is not null)
            {
                sql.Append(text);
            }
        }
    }

    public IReadOnlyList<LedgerEntry> Expired(DateTimeOffset now, int limit) => Read(
        Prepared($"{Columns} WHERE expires <= ? AND {Landed} ORDER BY expires LIMIT ?")
            .Set(1, now.ToUnixTimeMilliseconds()).Set(2, limit));

    public IReadOnlyList<LedgerEntry> InFlight() =>
        Read(Prepared($"{Columns} WHERE place IN (SELECT place FROM in_flight)"));

    public IReadOnlyList<string> Interrupted()
    {
        var statement = Prepared("SELECT key FROM unlinking WHERE NOT done");
        var keys = new List<string>();
        while (statement.Next())
        {
            keys.Add(statement.Text(0));
        }

        return keys;
    }

    public IReadOnlyList<string> Unlinking(DateTimeOffset buriedBefore, int limit)
    {
        // In the order of ids, which is the order of burial: the first that is too young ends it.
        var statement = Prepared("SELECT key, buried FROM unlinking ORDER BY id LIMIT ?").Set(1, limit);
        var (keys, before) = (new List<string>(), buriedBefore.ToUnixTimeMilliseconds());
        while (statement.Next())
        {
            if (statement.Long(1) >= before)
            {
                statement.Reset();
                break;
            }

            keys.Add(statement.Text(0));
        }

        return keys;
    }

    public string? Note(string name)
    {
        var statement = Prepared("SELECT value FROM note WHERE name = ?").Set(1, name);
        if (!statement.Next())
        {
            return null;
        }

        var value = statement.Text(0);
        statement.Reset();
        return value;
    }

    public void Dispose()
    {
        foreach (var statement in statements.Values)
        {
            statement.Dispose();
        }

        database.Dispose();
    }

    private static List<LedgerEntry> Read(Statement row)
    {
        var entries = new List<LedgerEntry>();
        while (row.Next())
        {
            var place = row.Long(0);
            entries.Add(new LedgerEntry
            {
                Place = place,
                StoredAt = DateTimeOffset.FromUnixTimeMilliseconds(place >> LedgerFile.PlaceBits),
                Key = row.Text(1),
                Size = row.Long(2),
                ContentType = row.OptionalText(3),
                Owner = row.OptionalText(4),
                Scheme = row.Text(5),
                Expires = row.OptionalLong(6) is { } expires ? DateTimeOffset.FromUnixTimeMilliseconds(expires) : null,
                Sha256 = row.OptionalBytes(7),
            });
        }

        return entries;
    }

    private Statement Prepared(string sql)
    {
        if (!statements.TryGetValue(sql, out var statement))
        {
            statement = new Statement(database, sql);
            statements.Add(sql, statement);
        }

        return statement;
    }
}
