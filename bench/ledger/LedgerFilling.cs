using System.Globalization;
using System.Text;
using HmacFileServer.Ledger.Sqlite;
using SQLitePCL;

namespace HmacFileServer.LedgerBench;

/// <summary>Makes a ledger of many rows, as if as many files had been uploaded by many owners over a year.</summary>
internal static class LedgerFilling
{
    public const int Owners = 100_000;

    private const int Passes = 8; // the keys come in eight ascending rows: the index looks as if they had come at random

    /// <param name="store">The storage path.</param>
    /// <param name="rows">How many.</param>
    /// <param name="expired">How many of these expired an hour ago. They have files, the others have not.</param>
    public static void Fill(string store, int rows, int expired)
    {
        Directory.CreateDirectory(Path.Combine(store, ".hfs"));
        var path = Path.Combine(store, ".hfs", LedgerFile.Name);
        SqliteLedger.Open(path, durable: false).Dispose(); // makes the tables
        using var database = Database.Open(path, raw.SQLITE_OPEN_READWRITE, TimeSpan.FromSeconds(10));
        database.Execute("PRAGMA synchronous = OFF");
        database.Execute("PRAGMA cache_size = -2000000");
        database.Execute("BEGIN");
        database.Execute($"""
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {Owners - 1})
            INSERT INTO owner (id, name) SELECT i + 2, lower(printf('%040x', i * 7919)) FROM n
            """);
        var now = TimeProvider.System.GetUtcNow();
        var firstPlace = now.AddDays(-365).ToUnixTimeMilliseconds();
        var step = TimeSpan.FromDays(364).TotalMilliseconds / rows;
        var perPass = (rows + Passes - 1) / Passes;
        using (var insert = new Statement(database, """
            INSERT INTO blob (place, key, size, type, owner, scheme, expires) VALUES (?, ?, 102400, 'image/jpeg', ?, 'v', ?)
            """))
        {
            for (var i = 0; i < rows; i++)
            {
                var place = ((firstPlace + (long)(i * step)) << LedgerFile.PlaceBits) | (uint)(i & 0xFFFFF);
                var key = Key(i, perPass);
                insert.Set(1, place).Set(2, key).Set(3, 2 + (i * 31L % Owners))
                    .Set(4, i < expired ? now.AddHours(-1).ToUnixTimeMilliseconds() : null).Run();
            }
        }

        database.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            UPDATE owner SET files = {rows / Owners}, bytes = {(rows / Owners) * 102400L};
            UPDATE owner SET files = {rows}, bytes = {rows * 102400L} WHERE id = 1;
            """));
        database.Execute("COMMIT");
        database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        for (var i = 0; i < expired; i++)
        {
            var file = Path.Combine(store, Key(i, perPass));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, Encoding.UTF8.GetBytes("expired"));
        }
    }

    private static string Key(int i, int perPass)
    {
        var spread = (ulong)(i % perPass) * (ulong.MaxValue / (ulong)perPass) + (ulong)(i / perPass) * 0x9E3779B9;
        return string.Create(CultureInfo.InvariantCulture, $"{spread:x16}/IMG_20260101_{i:D8}.jpg");
    }
}
