using System.Xml;
using HmacFileServer.Ledger.Sqlite;
using HmacFileServer.Storage;
using SQLitePCL;

namespace HmacFileServer.Commands.Migrate.Prosody;

/// <summary>
/// The archive of Prosody's mod_storage_sql in SQLite: a row a slot, with the client's request as XML.
/// </summary>
internal static class ProsodyDatabase
{
    private const string Query = """
        SELECT "key", "value", "with" FROM "prosodyarchive"
        WHERE "host" = ? AND "store" = 'uploads' AND "type" = 'xml' ORDER BY "sort_id"
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // Prosody may be writing to it

    private static readonly XmlReaderSettings OneElement = new()
    {
        ConformanceLevel = ConformanceLevel.Fragment,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
    };

    /// <exception cref="IOException">It can't be read.</exception>
    public static bool Is(string path)
    {
        var magic = "SQLite format 3\0"u8; // www.sqlite.org/fileformat.html, 1.3
        var head = new byte[magic.Length];
        using var file = Posix.OpenPlainFile(Path.GetFullPath(path))
            ?? throw new FileNotFoundException($"{path} is a symbolic link, or no plain file: name the file itself.");
        return RandomAccess.Read(file, head, 0) == head.Length && magic.SequenceEqual(head);
    }

    /// <exception cref="IOException">It has no archive, or one of another making.</exception>
    public static IEnumerable<ProsodyUpload> Read(string path, string host)
    {
        using var database = Try(() => Database.Open(path, raw.SQLITE_OPEN_READONLY, Patience));
        using var rows = Try(() => new Statement(database, Query));
        rows.Set(1, host);
        while (Try(rows.Next))
        {
            if (Upload(rows.Text(0), rows.Text(1), rows.OptionalText(2)) is { } upload)
            {
                yield return upload;
            }
        }
    }

    private static ProsodyUpload? Upload(string slot, string xml, string? owner)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(xml), OneElement);
            return reader.MoveToContent() == XmlNodeType.Element && reader.GetAttribute("filename") is { } name
                ? new ProsodyUpload(slot, name, reader.GetAttribute("content-type"), owner)
                : null;
        }
        catch (XmlException)
        {
            return null; // as Prosody, which passes over what it can't read
        }
    }

    private static T Try<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DatabaseException e)
        {
            throw new IOException($"The database is not one that Prosody's mod_storage_sql writes: {e.Message}", e);
        }
    }
}
