using HmacFileServer.Ledger;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>
/// The last steps of an upload: entry, content and name made durable, in the order that survives a kill.
/// </summary>
internal sealed partial class DiskBlobStore
{
    /// <summary>
    /// The entry first, then the name: an entry without a file is easily told, a file without an entry is not. While
    /// the ledger syncs the entry, with those of other uploads, the content goes to the disk: it is there before anything
    /// has its name.
    /// </summary>
    private async Task<StoreOutcome> EnterAndPublishAsync(
        IncomingFile incoming, BlobKey key, Registration registration, bool durable)
    {
        var published = false;
        try
        {
            var contentFirst = durable && nameSync != NameSync.EachFolder;
            if (contentFirst)
            {
                incoming.BeginWriteback();
            }

            await registration.WaitForTurnAsync();
            var entering = registration.EnterAsync(incoming.HashOfAll(), out var storedAt);
            Posix.SetModified(incoming.Handle, storedAt);
            if (durable && nameSync == NameSync.EachFolder)
            {
                Posix.Sync(incoming.Handle);
            }

            var enrolment = await entering;
            if (enrolment == Enrolment.Known)
            {
                if (OutcomeBeside(key, incoming, durable) is { } outcome)
                {
                    return outcome;
                }

                enrolment = await registration.ReplaceAsync();
            }

            if (enrolment != Enrolment.Enrolled)
            {
                return enrolment == Enrolment.Buried ? StoreOutcome.Buried : StoreOutcome.Blocked;
            }

            if (contentFirst)
            {
                incoming.FinishWriteback(); // nothing has the name before it has all the bytes
            }

            // Old files go for one that will be there: nothing has come into its way meanwhile.
            if (registration.TakesRoomOfOthers && OutcomeBeside(key, incoming, durable) is { } beside)
            {
                return beside;
            }

            if (!await registration.MakeRoomAsync())
            {
                return StoreOutcome.OverQuota;
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

        return published ? StoreOutcome.Stored : OutcomeBeside(key, incoming, durable) ?? StoreOutcome.Taken;
    }

    /// <summary>
    /// Before a repeat is answered 201. Another server may be about to sync what it stored; a killed one never did.
    /// </summary>
    public void Sync(Blob stored)
    {
        Posix.Sync(stored.Handle); // on ext4 with its name, which is newer than the content
        for (var path = stored.StoredPath; nameSync == NameSync.EachFolder && path != TheRoot;)
        {
            path = path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : TheRoot;
            using var folder = path == TheRoot ? null : Posix.OpenBelow(root, path, asFolder: true);
            Posix.Sync(folder ?? root);
        }
    }

    private async Task<bool> PublishAsync(IncomingFile incoming, BlobKey key, bool durable)
    {
        var grown = new List<string>();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await PublishOnceAsync(incoming, key, durable, grown);
            }
            catch (PosixException e) when (e.Error == Errno.NoEntry && attempt < 3)
            {
                // Somebody removed the empty folder between our opening and our renaming.
            }
        }
    }

    private async Task<bool> PublishOnceAsync(
        IncomingFile incoming, BlobKey key, bool durable, List<string> grown)
    {
        if (durable && nameSync == NameSync.EachFolder)
        {
            return await PublishWithFoldersAsync(incoming, key.StoredPath, grown);
        }

        var published = TryPublishInNewFolder(incoming, key.StoredPath) ?? TryPublishInFolder(incoming, key.StoredPath);
        try
        {
            if (published && durable)
            {
                await SyncNameAsync(incoming.Handle);
            }

            return published;
        }
        catch (PosixException)
        {
            Remove(key); // not known to be durable, so it was not stored
            throw;
        }
    }

    /// <summary>Where one sync does for all names.</summary>
    private Task SyncNameAsync(SafeFileHandle file)
    {
        if (nameSync == NameSync.FolderLeft)
        {
            return incomingSync.RunAsync();
        }

        Posix.Sync(file);
        return Task.CompletedTask;
    }

    private void SyncIncoming()
    {
        using var folder = Posix.OpenFolder(IncomingPath); // each time: somebody may have made it anew
        Posix.Sync(folder);
    }

    private async Task<bool> PublishWithFoldersAsync(IncomingFile incoming, string path, List<string> grown)
    {
        var slash = path.LastIndexOf('/');
        using var folder = slash < 0 ? Posix.OpenFolder(Path) : OpenOrMakeFolder(path[..slash], grown);
        if (folder is null)
        {
            return false; // a file stands where the folder should be: the name is taken
        }

        var name = path[(slash + 1)..];
        if (!incoming.TryPublish(folder, name))
        {
            return false;
        }

        try
        {
            await SyncFoldersAsync(folder, grown);
            return true;
        }
        catch (PosixException)
        {
            Posix.Unlink(folder, name); // not known to be durable, so it was not stored
            throw;
        }
    }

    /// <summary>
    /// The file's name in its folder, and that folder's in those above, all at once: nobody was promised anything yet.
    /// </summary>
    private async Task SyncFoldersAsync(SafeFileHandle folder, List<string> grown)
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
}
