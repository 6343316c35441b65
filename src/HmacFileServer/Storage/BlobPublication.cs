using HmacFileServer.Ledger;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>
/// The last steps of an upload: entry, content and name made durable, in the order that survives a kill.
/// </summary>
internal sealed partial class DiskBlobStore
{
    private const string TheRoot = "";

    /// <summary>
    /// The entry first, then the name: an entry without a file is easily told, a file without an entry is not. While
    /// the ledger syncs the entry, with those of other uploads, we sync the content.
    /// </summary>
    private async Task<StoreOutcome> EnterAndPublishAsync(
        IncomingFile incoming, BlobKey key, Registration registration, bool durable)
    {
        var published = false;
        try
        {
            var entering = registration.EnterAsync(incoming.HashOfAll(), out var storedAt);
            Posix.SetModified(incoming.Handle, storedAt);
            if (durable)
            {
                Posix.Sync(incoming.Handle);
            }

            var enrolment = await entering;
            if (enrolment == Enrolment.Known)
            {
                if (OutcomeBeside(key, incoming) is { } outcome)
                {
                    return outcome;
                }

                enrolment = await registration.ReplaceAsync();
            }

            if (enrolment != Enrolment.Enrolled)
            {
                return enrolment == Enrolment.Buried ? StoreOutcome.Buried : StoreOutcome.Blocked;
            }

            published = await PublishAsync(incoming, key, durable);
        }
        finally
        {
            if (!published)
            {
                await registration.WithdrawAsync();
            }
        }

        if (published)
        {
            registration.Confirm();
        }

        return published ? StoreOutcome.Stored : OutcomeBeside(key, incoming) ?? StoreOutcome.Taken;
    }

    private async Task<bool> PublishAsync(IncomingFile incoming, BlobKey key, bool durable)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await PublishOnceAsync(incoming, key, durable);
            }
            catch (PosixException e) when (e.Error == Errno.NoEntry && attempt < 3)
            {
                // Somebody removed the empty folder between our opening and our renaming.
            }
        }
    }

    private async Task<bool> PublishOnceAsync(IncomingFile incoming, BlobKey key, bool durable)
    {
        if (!durable && TryPublishInNewFolder(incoming, key.StoredPath) is { } done)
        {
            return done;
        }

        var slash = key.StoredPath.LastIndexOf('/');
        var grown = new List<string>();
        using var folder = slash < 0 ? Posix.OpenFolder(Path) : OpenOrMakeFolder(key.StoredPath[..slash], grown);
        if (folder is null)
        {
            return false; // a file stands where the folder should be: the name is taken
        }

        var name = key.StoredPath[(slash + 1)..];
        if (!incoming.TryPublish(folder, name))
        {
            return false;
        }

        try
        {
            if (durable)
            {
                await SyncNamesAsync(folder, grown);
            }

            return true;
        }
        catch (PosixException)
        {
            Posix.Unlink(folder, name); // not known to be durable, so it was not stored
            throw;
        }
    }

    /// <summary>
    /// Nearly every upload has a folder of its own. What was made this moment is no link that leads elsewhere, and need
    /// not be opened to rename a file into it.
    /// </summary>
    /// <returns>Null when no folder was made.</returns>
    private bool? TryPublishInNewFolder(IncomingFile incoming, string path)
    {
        var slash = path.LastIndexOf('/');
        if (slash < 0)
        {
            return null;
        }

        var above = path.LastIndexOf('/', slash - 1);
        using var opened = above < 0 ? null : Posix.OpenBelow(root, path[..above], asFolder: true);
        if (above >= 0 && opened is null)
        {
            return null;
        }

        var parent = opened ?? root;
        return Posix.MakeFolder(parent, path[(above + 1)..slash])
            ? incoming.TryPublish(parent, path[(above + 1)..])
            : null;
    }

    /// <summary>
    /// The file's name in its folder, and that folder's in those above, all at once: nobody was promised anything yet.
    /// </summary>
    private async Task SyncNamesAsync(SafeFileHandle folder, List<string> grown)
    {
        var above = grown.Contains(TheRoot) ? rootSync.RunAsync() : Task.CompletedTask;
        try
        {
            Posix.Sync(folder);
            foreach (var path in grown)
            {
                using var parent = path == TheRoot ? null : Posix.OpenBelow(root, path, asFolder: true);
                if (parent is not null)
                {
                    Posix.Sync(parent);
                }
            }
        }
        finally
        {
            await above;
        }
    }

    /// <param name="grown">Gets the paths of folders in which a folder was made.</param>
    private SafeFileHandle? OpenOrMakeFolder(string path, List<string> grown)
    {
        var slash = path.LastIndexOf('/');
        var parentPath = slash < 0 ? TheRoot : path[..slash];
        var parent = slash < 0
            ? root
            : Posix.OpenBelow(root, parentPath, asFolder: true) ?? OpenOrMakeFolder(parentPath, grown);
        if (parent is null)
        {
            return null;
        }

        try
        {
            // Nearly every upload has a folder of its own: to make it at once saves looking for it first.
            var made = Posix.MakeFolder(parent, path[(slash + 1)..]);
            if (made)
            {
                grown.Add(parentPath);
            }

            var opened = Posix.OpenBelow(root, path, asFolder: true);
            return opened is null && made ? throw new PosixException("openat2", Errno.NoEntry) : opened;
        }
        finally
        {
            if (!ReferenceEquals(parent, root))
            {
                parent.Dispose();
            }
        }
    }
}
