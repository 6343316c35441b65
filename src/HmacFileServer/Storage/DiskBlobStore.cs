using HmacFileServer.Ledger;
using HmacFileServer.Limits;
using HmacFileServer.Telemetry;
using HmacFileServer.Uploads;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>
/// The files, <c>&lt;storage_path&gt;/&lt;key&gt;</c>, as prosody-filer and hmac-file-server lay them out. A file
/// appears whole or not at all, and is never overwritten. Our own things lie below <c>.hfs</c>.
/// </summary>
internal sealed partial class DiskBlobStore : IDisposable
{
    private const string OwnFolder = ".hfs";

    private readonly SafeFileHandle root;
    private readonly StoreLinks links;
    private readonly SharedSync rootSync;
    private readonly NameSync nameSync;
    private readonly SharedSync incomingSync;
    private readonly ILogger<DiskBlobStore> log;
    private readonly OpenFiles? files;

    /// <param name="path">Made when it is not there.</param>
    /// <param name="log">For what was found on the way.</param>
    /// <param name="time">That of the system unless told.</param>
    /// <param name="files">How many may be open for readers; null for as many as they like.</param>
    /// <exception cref="IOException">The folder can't be made or used.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of permission.</exception>
    public DiskBlobStore(
        string path, ILogger<DiskBlobStore> log, TimeProvider? time = null, OpenFiles? files = null,
        StoreLinks links = StoreLinks.Refused)
    {
        this.log = log;
        this.files = files;
        this.links = links;
        Path = System.IO.Path.GetFullPath(path);
        IncomingPath = System.IO.Path.Combine(Path, OwnFolder, "incoming");
        MakeFolders();
        root = Posix.OpenFolder(Path);
        rootSync = new SharedSync(() => Posix.Sync(root));
        incomingSync = new SharedSync(SyncIncoming);
        nameSync = Posix.NameSyncOf(root);
        hasHashed = Directory.Exists(System.IO.Path.Combine(Path, ByHashFolder));
        Space = DiskSpace.Of(Path);
        Recent = new RecentBlobs(time ?? TimeProvider.System);
    }

    public string Path { get; }

    /// <summary>
    /// Where files grow before they are published: the same file system, so that publishing is a rename.
    /// </summary>
    public string IncomingPath { get; }

    /// <summary>
    /// Files are for us and, in our group, for a proxy that sends them itself; the ledger, and what is not complete, are
    /// for us alone. A store that is there keeps the mode that its operator gave it; our own folder is closed.
    /// </summary>
    private void MakeFolders()
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Posix.MakeFolders(Path, Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        var own = System.IO.Path.Combine(Path, OwnFolder);
        Directory.CreateDirectory(own, Owner);
        Directory.CreateDirectory(IncomingPath, Owner);
        using var opened = Posix.OpenFolder(own);
        if (Posix.OwnerOf(opened) is var owner && owner.User == Posix.EffectiveUser && (owner.Mode & 0x3F) != 0)
        {
            File.SetUnixFileMode(opened, Owner); // of an earlier version, under the umask of 022
        }
    }

    /// <summary>A place below our own folder.</summary>
    public string OwnPath(string name) => OwnPathIn(Path, name);

    /// <summary>The same in a store that is not opened.</summary>
    public static string OwnPathIn(string store, string name) =>
        System.IO.Path.Combine(System.IO.Path.GetFullPath(store), OwnFolder, name);

    /// <summary>Whether a stored file lies in our own folder, which is closed to the proxy.</summary>
    public static bool IsOwn(string storedPath) => storedPath.StartsWith(OwnFolder + "/", StringComparison.Ordinal);

    public DiskSpace Space { get; }

    public RecentBlobs Recent { get; }

    /// <summary>
    /// Deletes what a killed process left. A file that another process still writes is locked, and stays.
    /// </summary>
    public void SweepIncoming()
    {
        var swept = 0;
        foreach (var path in Directory.EnumerateFiles(IncomingPath))
        {
            try
            {
                using var unused = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(path);
                swept++;
            }
            catch (IOException)
            {
                log.LeftoverInUse(System.IO.Path.GetFileName(path));
            }
            catch (UnauthorizedAccessException)
            {
                log.LeftoverForbidden(System.IO.Path.GetFileName(path)); // of another user: no reason not to start
            }
        }

        if (swept > 0)
        {
            log.LeftoversSwept(swept);
        }
    }

    /// <summary>
    /// Stores the body under a name nobody has used. On return blob and entry are durable; on any exception, and in any
    /// outcome but the first, nothing is left.
    /// </summary>
    /// <exception cref="StorageFullException">No space left.</exception>
    public async Task<StoreOutcome> StoreAsync(
        BlobKey key,
        UploadBody body,
        BlobMetadata metadata,
        DiskSpace.SpaceReservation space,
        Registration registration,
        StoreOptions options)
    {
        try
        {
            using var file = new IncomingFile(IncomingPath, options.Durable, options.Hash);
            file.Reserve(body.Length, space);
            await file.ReceiveAsync(body);
            // The key first, for want of room: nothing else tells it.
            if (!BlobMetadata.WriteKey(file.Handle, key) | !metadata.WriteTo(file.Handle))
            {
                log.AttributesNotKept(key.Text);
            }

            return await EnterAndPublishAsync(file, key, registration, options.Durable);
        }
        catch (PosixException e) when (e.IsFull)
        {
            throw new StorageFullException(e);
        }
        catch (IOException e) when (e.HResult is Errno.NoSpace or Errno.OverQuota)
        {
            throw new StorageFullException(e); // what RandomAccess.Write makes of ENOSPC
        }
    }

    /// <summary>Whether the body is what the blob holds. Stops at the first byte that differs.</summary>
    public static async Task<bool> HoldsAsync(Blob blob, UploadBody body)
    {
        if (blob.Length != body.Length)
        {
            return false;
        }

        var stored = new byte[64 << 10];
        var offset = 0L;
        while (!body.IsComplete)
        {
            var received = await body.ReadAsync();
            foreach (var segment in received)
            {
                for (var rest = segment; !rest.IsEmpty;)
                {
                    var count = RandomAccess.Read(
                        blob.Handle, stored.AsSpan(0, Math.Min(rest.Length, stored.Length)), offset);
                    if (count == 0 || !rest.Span[..count].SequenceEqual(stored.AsSpan(0, count)))
                    {
                        return false;
                    }

                    rest = rest[count..];
                    offset += count;
                }
            }

            body.Take(received.Length);
        }

        return true;
    }

    /// <summary>
    /// Tries what an upload will need: a new file in the incoming folder, and a write to it. Syncs nothing.
    /// </summary>
    /// <exception cref="IOException">The store can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of permission.</exception>
    public void Probe()
    {
        using var probe = new IncomingFile(IncomingPath, durable: false);
        RandomAccess.Write(probe.Handle, "ok"u8, 0);
    }

    public void Dispose()
    {
        Recent.Dispose();
        root.Dispose();
    }
}

/// <summary>What becomes of symbolic links below the storage path; that one may always be one itself.</summary>
internal enum StoreLinks
{
    /// <summary>They are no files.</summary>
    Refused,

    /// <summary>They are read, wherever they lead but into our own folder. Nothing is stored through one.</summary>
    Followed,
}
