using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>Finding files, and opening them for reading.</summary>
internal sealed partial class DiskBlobStore
{
    /// <returns>Null when nothing readable has this key: no file, a folder, or a link.</returns>
    public Blob? Open(BlobKey key) => Open(key, out _);

    /// <summary>As <c>Open</c>, for somebody who may take his time to read it.</summary>
    /// <exception cref="TooManyOpenFilesException">As many are open for readers as may be.</exception>
    public Blob? OpenToServe(BlobKey key) => OpenToRead(key.StoredPath, out _) is { } handle
        ? WrapCounted(key, handle)
        : OpenHashed(key) is { } hashed ? WrapCounted(key, hashed, HashedPath(key)) : null;

    /// <summary>The same without waiting for the disk. A small one is held open for whoever asks for it next.</summary>
    /// <returns>Null also when only the disk can tell, or where a link is on the way.</returns>
    /// <exception cref="TooManyOpenFilesException">As many are open for readers as may be.</exception>
    public Blob? OpenFromMemory(BlobKey key)
    {
        if (Recent.Find(key) is { } open)
        {
            return new Blob(open);
        }

        if (Posix.OpenBelowFromMemory(root, key.StoredPath) is not { } handle || Counted(Read(key, handle)) is not { } file)
        {
            return null;
        }

        // A second name of the file's own would hide that this one is gone between our opening and our asking.
        var blob = new Blob(file);
        if (blob.IsSmall && file.Status.Links == 1)
        {
            Recent.Keep(file);
        }

        return blob;
    }

    /// <param name="isFree">
    /// Nothing has the key: neither a file nor a folder, a link or some special file, and no file stands where a folder
    /// on its way would. Otherwise a body for it could never be stored, which is known before its first byte.
    /// </param>
    public Blob? Open(BlobKey key, out bool isFree) => OpenToRead(key.StoredPath, out isFree) is { } handle
        ? Wrap(key, handle)
        : OpenHashed(key) is { } hashed ? Wrap(key, hashed, HashedPath(key)) : null;

    /// <param name="path">As it lies below the storage path.</param>
    /// <returns>Null when nothing readable is there, or nothing that a URL can name.</returns>
    public Blob? OpenStored(string path)
    {
        if (OpenToRead(path, out _) is not { } handle)
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

    /// <summary>
    /// What becomes of an upload beside what was quicker: two servers on one store, and a client that sent to both.
    /// </summary>
    /// <returns>Null when nothing has the key.</returns>
    private StoreOutcome? OutcomeBeside(BlobKey key, IncomingFile incoming, bool durable)
    {
        using var stored = Open(key, out var isFree);
        if (stored is null)
        {
            return isFree ? null : StoreOutcome.Taken;
        }

        if (!incoming.IsSameAs(stored))
        {
            return StoreOutcome.Taken;
        }

        if (durable)
        {
            Sync(stored);
        }

        return StoreOutcome.Repeated;
    }

    private SafeFileHandle? OpenToRead(string path, out bool isFree) => links == StoreLinks.Followed
        ? OutsideOwnFolder(Posix.OpenThroughLinks(root, path, asFolder: false, out isFree))
        : Posix.OpenBelow(root, path, out isFree);

    /// <summary>To take something out of it.</summary>
    private SafeFileHandle? OpenFolder(string path) => links == StoreLinks.Followed
        ? OutsideOwnFolder(Posix.OpenThroughLinks(root, path, asFolder: true, out _))
        : Posix.OpenBelow(root, path, asFolder: true);

    /// <summary>No link of somebody's leads to the ledger, or to a body that is not complete.</summary>
    private SafeFileHandle? OutsideOwnFolder(SafeFileHandle? opened)
    {
        if (opened is null)
        {
            return null;
        }

        using var own = Posix.OpenFolder(OwnPath(""));
        if (!(Posix.PathOf(opened) + "/").StartsWith(Posix.PathOf(own) + "/", StringComparison.Ordinal))
        {
            return opened;
        }

        opened.Dispose();
        return null;
    }

    private static Blob? Wrap(BlobKey key, SafeFileHandle handle, string? storedPath = null) =>
        Read(key, handle, storedPath) is { } file ? new Blob(file) : null;

    private Blob? WrapCounted(BlobKey key, SafeFileHandle handle, string? storedPath = null) =>
        Counted(Read(key, handle, storedPath)) is { } file ? new Blob(file) : null;

    private BlobFile? Counted(BlobFile? file)
    {
        if (file is null || files is null)
        {
            return file;
        }

        if (!files.TryOpenDownload())
        {
            Recent.CloseAll(); // nobody waits for those
            if (!files.TryOpenDownload())
            {
                file.LetGo();
                throw new TooManyOpenFilesException();
            }
        }

        file.OnClose(files.CloseDownload);
        return file;
    }

    private static BlobFile? Read(BlobKey key, SafeFileHandle handle, string? storedPath = null)
    {
        try
        {
            var status = Posix.Status(handle);
            if (status.IsFile)
            {
                var metadata = BlobMetadata.ReadFrom(handle);
                return new BlobFile(key, handle, status, metadata, storedPath ?? key.StoredPath);
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
