using System.Globalization;
using HmacFileServer.Storage;

namespace HmacFileServer.Commands.Migrate;

/// <summary>
/// What mod_http_file_share keeps below Prosody's data folder for a host: the files as <c>http_file_share/SLOT.bin</c>, their names,
/// types and owners in the archive <c>uploads.list</c>. The URL is <c>SLOT/NAME</c>.
/// </summary>
internal static class ProsodyStore
{
    private const string ListName = "uploads.list";

    public static IEnumerable<OldBlob> Read(string folder)
    {
        var list = new[] { folder, Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) ?? folder }
            .Select(place => Path.Combine(place, ListName))
            .FirstOrDefault(File.Exists);
        var below = Path.Combine(folder, "http_file_share");
        var files = Directory.Exists(below) ? below : folder;
        return list is null
            ? throw new FileNotFoundException(
                $"There is no {ListName} in {folder}: the names of the files are in it. If Prosody keeps them in SQL, "
                + "first bring them here with prosody-migrator or mod_storage_internal.")
            : Read(files, list);
    }

    private static IEnumerable<OldBlob> Read(string files, string list)
    {
        using var stream = new FileStream(list, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        foreach (var item in LuaItems.Read(stream))
        {
            if (item.GetValueOrDefault("key") is not string slot
                || item.GetValueOrDefault("attr") is not Dictionary<string, object?> request
                || request.GetValueOrDefault("filename") is not string name)
            {
                continue;
            }

            var source = Path.Combine(files, Encode(slot) + ".bin");
            if (!File.Exists(source))
            {
                continue; // a slot that nobody used, or a file that has expired
            }

            var type = OldStore.Sendable(request.GetValueOrDefault("content-type") as string);
            var owner = item.GetValueOrDefault("with") as string;
            yield return OldBlob.Named(source, $"{slot}/{name}", new BlobMetadata(type, null, owner));
        }
    }

    /// <summary>Prosody's util.datamanager: all but ASCII letters and digits as %xx, in lower case.</summary>
    private static string Encode(string slot) => string.Concat(System.Text.Encoding.UTF8.GetBytes(slot)
        .Select(b => char.IsAsciiLetterOrDigit((char)b) ? ((char)b).ToString() : "%" + b.ToString("x2", CultureInfo.InvariantCulture)));
}
