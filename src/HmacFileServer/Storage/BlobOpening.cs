using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>Finding files, and opening them for reading.</summary>
internal sealed partial class DiskBlobStore
{
    /// <returns>Null when nothing readable has this key: no file, a folder, or a link out of the store.</returns>
    public Blob? Open(BlobKey key) => Open(key, out _);

    /// <summary>Without waiting for the disk.</summary>
    /// <returns>Null also when only the disk can tell.</returns>
    public Blob? OpenFromMemory(BlobKey key) =>
        Posix.OpenBelowFromMemory(root, key.StoredPath) is { } handle ? Wrap(key, handle) : null;

    /// <param name="isFree">
    /// Nothing has the key: neither a file nor a folder, a link or some special file, and no file stands where a folder
    /// on its way would. Otherwise a body for it could never be stored, which is known before its first byte.
    /// </param>
    public Blob? Open(BlobKey key, out bool isFree) => Posix.OpenBelow(root, key.StoredPath, out isFree) is { } handle
        ? Wrap(key, handle)
        : OpenHashed(key) is { } hashed ? Wrap(key, hashed, HashedPath(key)) : null;

    /// <param name="path">As it lies below the storage path.</param>
    /// <returns>Null when nothing readable is there, or nothing that a URL can name.</returns>
    public Blob? OpenStored(string path)
    {
        if (Posix.OpenBelow(root, path) is not { } handle)
        {
            return null;
        }

        if (BlobKey.TryParse(path, out var key) && (key.StoredPath == path || IsShortened(handle, path, out key)))
        {
            return Wrap(key, handle);
        }

        handle.Dispose();
        return null;

        static bool IsShortened(SafeFileHandle handle, string path, out BlobKey key)
        {
            key = null!;
            return BlobMetadata.ReadKey(handle) is { } text && BlobKey.TryParse(text, out key)
                && key.StoredPath == path;
        }
    }

    private static Blob? Wrap(BlobKey key, SafeFileHandle handle, string? storedPath = null)
    {
        try
        {
            var status = Posix.Status(handle);
            if (status.IsFile)
            {
                var metadata = BlobMetadata.ReadFrom(handle);
                return new Blob(key, handle, status.Length, status.Modified, metadata, storedPath ?? key.StoredPath);
            }
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        handle.Dispose();
        return null;
    }
}
