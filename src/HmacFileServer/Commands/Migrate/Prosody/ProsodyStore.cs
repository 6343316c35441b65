using System.Globalization;
using System.Text;
using HmacFileServer.Downloads;
using HmacFileServer.Storage;

namespace HmacFileServer.Commands.Migrate.Prosody;

/// <summary>
/// What mod_http_file_share keeps below Prosody's data folder for a host: the files as <c>http_file_share/SLOT.bin</c>,
/// their names, types and owners in an archive: <c>uploads.list</c>, or a table of SQLite. The URL is <c>SLOT/NAME</c>.
/// </summary>
internal static class ProsodyStore
{
    private const string FilesFolder = "http_file_share";

    /// <summary>
    /// Where mod_storage_sql keeps all hosts' archives unless told otherwise, below Prosody's data folder.
    /// </summary>
    private const string DefaultDatabase = "prosody.sqlite";

    public static IEnumerable<OldBlob> Read(OldStorePlace place)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(place.Folder));
        var above = Path.GetDirectoryName(folder) ?? folder;
        var host = Path.GetFileName(folder) == FilesFolder ? above : folder;
        var files = Path.Combine(host, FilesFolder);
        string[] usual =
        [
            Path.Combine(host, ProsodyList.Name), Path.Combine(Path.GetDirectoryName(host) ?? host, DefaultDatabase),
        ];
        var archives = place.Archive is { } named ? [named] : usual.Where(File.Exists).ToArray();
        return archives.Length == 0
            ? throw new FileNotFoundException(
                $"There is no {ProsodyList.Name} in {host}, and no {DefaultDatabase} beside it: the names of the "
                + "files are in it. Name the one or the other with --archive. If Prosody keeps them in PostgreSQL or "
                + "MySQL, first bring them into internal storage, or SQLite, with prosody-migrator.")
            : archives.SelectMany(archive => Uploads(archive, Decode(Path.GetFileName(host))))
                .Select(upload => Find(Directory.Exists(files) ? files : folder, upload))
                .OfType<OldBlob>();
    }

    private static IEnumerable<ProsodyUpload> Uploads(string archive, string host) =>
        ProsodyDatabase.Is(archive) ? ProsodyDatabase.Read(archive, host) : ProsodyList.Read(archive);

    /// <returns>Null for a slot that nobody used, or a file that has expired.</returns>
    private static OldBlob? Find(string files, ProsodyUpload upload)
    {
        var source = Path.Combine(files, Encode(upload.Slot) + ".bin");
        return File.Exists(source)
            ? OldBlob.Named(
                source, $"{upload.Slot}/{upload.Name}",
                new BlobMetadata(MediaTypes.Storable(upload.Type), null, upload.Owner))
            : null;
    }

    /// <summary>Prosody's util.datamanager: all but ASCII letters and digits as %xx, in lower case.</summary>
    private static string Encode(string slot) => string.Concat(Encoding.UTF8.GetBytes(slot)
        .Select(b => char.IsAsciiLetterOrDigit((char)b)
            ? ((char)b).ToString()
            : "%" + b.ToString("x2", CultureInfo.InvariantCulture)));

    private static string Decode(string name) => Uri.UnescapeDataString(name);
}

/// <summary>A slot that was given, and perhaps used.</summary>
internal sealed record ProsodyUpload(string Slot, string Name, string? Type, string? Owner);
