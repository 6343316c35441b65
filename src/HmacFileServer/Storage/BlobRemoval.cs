using HmacFileServer.Commands.Terminal;

namespace HmacFileServer.Storage;

/// <summary>Taking files out of the store again.</summary>
internal sealed partial class DiskBlobStore
{
    /// <summary>Whether there are files, of us or from before us. Looks at the first name alone.</summary>
    public bool IsEmpty => Directory.EnumerateFileSystemEntries(Path)
        .All(entry => System.IO.Path.GetFileName(entry) == OwnFolder);

    public bool Holds(BlobKey key)
    {
        using var handle = OpenToRead(key.StoredPath, out _) ?? OpenHashed(key);
        return handle is not null;
    }

    /// <summary>
    /// Removes the file, if there is one, and the folders it leaves empty.
    /// </summary>
    /// <exception cref="PosixException">It can't be removed.</exception>
    public void Remove(BlobKey key)
    {
        Recent.Close(key);
        var path = key.StoredPath;
        for (var (slash, isFile) = (path.LastIndexOf('/'), true); ; (slash, isFile) = (path.LastIndexOf('/'), false))
        {
            using var folder = slash < 0
                ? Posix.OpenFolder(Path)
                : OpenFolder(path[..slash]);
            if (folder is not null)
            {
                var name = path[(slash + 1)..];
                if (isFile)
                {
                    Posix.Unlink(folder, name);
                }
                else if (!Posix.TryRemoveFolder(folder, name))
                {
                    return;
                }
            }

            if (slash < 0)
            {
                return;
            }

            path = path[..slash];
        }
    }
}
