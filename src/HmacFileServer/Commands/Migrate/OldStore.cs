using System.Text;
using HmacFileServer.Commands.Migrate.Prosody;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Downloads;
using HmacFileServer.Storage;

namespace HmacFileServer.Commands.Migrate;

/// <summary>A file of another server's store, and where it goes; or why it can't.</summary>
internal sealed record OldBlob(string Source, string StoredPath, BlobKey? Key, BlobMetadata Metadata)
{
    public string? Unusable { get; private init; }

    public static OldBlob Named(string source, string key, BlobMetadata metadata) =>
        BlobKey.TryParse(key, out var parsed)
            ? new OldBlob(source, parsed.StoredPath, parsed, metadata)
            : Not(source, "no URL can have this name");

    public static OldBlob Not(string source, string reason) =>
        new(source, "", null, BlobMetadata.None) { Unusable = reason };
}

/// <summary>Where another server's files are.</summary>
/// <param name="Folder">Its full path without symbolic links: whatever is one below it was put there by others.</param>
/// <param name="Archive">The list of them, where it does not lie in the folder.</param>
internal sealed record OldStorePlace(string Folder, string? Archive);

/// <summary>How another server lays out its files. Read one by one: a store may hold millions.</summary>
internal static class OldStore
{
    public const string Prosody = "prosody";

    private const int Sha256Digits = 64;
    private const int MostMetadataBytes = 1 << 20; // a few headers

    public static readonly IReadOnlyDictionary<string, Func<OldStorePlace, IEnumerable<OldBlob>>> Kinds =
        new Dictionary<string, Func<OldStorePlace, IEnumerable<OldBlob>>>(StringComparer.Ordinal)
        {
            ["share-php"] = place => SharePhp(place.Folder),
            ["xmpp-http-upload"] = place => XmppHttpUpload(place.Folder),
            [Prosody] = ProsodyStore.Read,
            ["ejabberd"] = place => Plain(place.Folder),
            ["prosody-filer"] = place => Plain(place.Folder),
            ["hmac-file-server"] = place => Plain(place.Folder),
        };

    /// <summary>ejabberd's docroot, prosody-filer's storeDir: a file's path is its URL's.</summary>
    private static IEnumerable<OldBlob> Plain(string folder) => StoreWalk.Files(folder, "")
        .Select(path => OldBlob.Named(Path.Combine(folder, path), path, BlobMetadata.None));

    /// <summary>
    /// share.php of Prosody's mod_http_upload_external: <c>store-</c> and the SHA-256 of the key, with the type in a
    /// second file. The key itself is in nobody's hands but those of who has the link.
    /// </summary>
    private static IEnumerable<OldBlob> SharePhp(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "store-*"))
        {
            var hash = Path.GetFileName(path)["store-".Length..];
            if (hash.Length == Sha256Digits && hash.All(char.IsAsciiHexDigitLower))
            {
                var type = ReadAll(path + "-type")?.Trim();
                yield return new OldBlob(
                    path, DiskBlobStore.HashedPath(hash), null, new BlobMetadata(MediaTypes.Storable(type), null));
            }
        }
    }

    /// <summary>
    /// xmpp-http-upload: the file as <c>key.data</c>, the headers of its upload as JSON in <c>key.meta</c>.
    /// </summary>
    private static IEnumerable<OldBlob> XmppHttpUpload(string folder)
    {
        const string Data = ".data";
        foreach (var path in StoreWalk.Files(folder, "").Where(path => path.EndsWith(Data, StringComparison.Ordinal)))
        {
            var source = Path.Combine(folder, path);
            var type = UploadHeaders.ContentType(ReadAll(Path.ChangeExtension(source, ".meta")));
            yield return OldBlob.Named(source, path[..^Data.Length], new BlobMetadata(MediaTypes.Storable(type), null));
        }
    }

    /// <summary>Of a plain file; what a link leads to is no word about this one.</summary>
    private static string? ReadAll(string path)
    {
        try
        {
            using var file = Posix.OpenPlainFile(path);
            if (file is null)
            {
                return null;
            }

            var text = new byte[Math.Min(RandomAccess.GetLength(file), MostMetadataBytes)];
            return Encoding.UTF8.GetString(text.AsSpan(0, RandomAccess.Read(file, text, 0)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // without it the extension tells the type
        }
    }
}
