using System.Xml;
using Microsoft.Data.Sqlite;

namespace HmacFileServer.Commands.Migrate.Prosody;

/// <summary>
/// The archive of Prosody's mod_storage_sql in SQLite: a row a slot, with the client's request as XML.
/// </summary>
internal static class ProsodyDatabase
{
    private const string Query = """
        SELECT "key", "value", "with" FROM "prosodyarchive"
        WHERE "host" = $host AND "store" = 'uploads' AND "type" = 'xml' ORDER BY "sort_id"
        """;

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
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            && magic.SequenceEqual(head);
    }

    /// <exception cref="IOException">It has no archive, or one of another making.</exception>
    public static IEnumerable<ProsodyUpload> Read(string path, string host)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = Query;
        command.Parameters.AddWithValue("$host", host);
        using var rows = Try(command.ExecuteReader);
        while (Try(rows.Read))
        {
            if (Upload(rows.GetString(0), rows.GetString(1), rows.IsDBNull(2) ? null : rows.GetString(2)) is { } upload)
            {
                yield return upload;
            }
        }
    }

    private static SqliteConnection Open(string path)
    {
        var builder = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        };
        var connection = new SqliteConnection(builder.ToString());
        try
        {
            Try(() =>
            {
                connection.Open();
                return true;
            });
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
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
        catch (SqliteException e)
        {
            throw new IOException($"The database is not one that Prosody's mod_storage_sql writes: {e.Message}", e);
        }
    }
}
