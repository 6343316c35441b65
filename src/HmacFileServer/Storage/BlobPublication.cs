using HmacFileServer.Ledger;

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

            var entering = registration.EnterAsync(incoming.HashOfAll(), out var storedAt);
            Posix.SetModified(incoming.Handle, storedAt);
            if (durable && nameSync == NameSync.EachFolder)
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

            if (contentFirst)
            {
                incoming.FinishWriteback(); // nothing has the name before it has all the bytes
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
        var published = TryPublishInNewFolder(incoming, key.StoredPath, grown)
            ?? TryPublishInFolder(incoming, key.StoredPath, grown);
        if (!published || !durable)
        {
            return published;
        }

        try
        {
            await (nameSync switch
            {
                NameSync.FolderLeft => incomingSync.RunAsync(),
                NameSync.File => SyncFileAsync(incoming),
                _ => SyncFoldersAsync(key.StoredPath, grown),
            });
            return true;
        }
        catch (PosixException)
        {
            Remove(key); // not known to be durable, so it was not stored
            throw;
        }
    }

    private static Task SyncFileAsync(IncomingFile incoming)
    {
        Posix.Sync(incoming.Handle);
        return Task.CompletedTask;
    }

    /// <summary>
    /// The file's name in its folder, and that folder's in those above, all at once: nobody was promised anything yet.
    /// </summary>
    private async Task SyncFoldersAsync(string path, List<string> grown)
    {
        var slash = path.LastIndexOf('/');
        var folder = slash < 0 ? TheRoot : path[..slash];
        var above = folder == TheRoot || grown.Contains(TheRoot) ? rootSync.RunAsync() : Task.CompletedTask;
        try
        {
            foreach (var one in grown.Append(folder).Where(one => one != TheRoot))
            {
                using var opened = Posix.OpenBelow(root, one, asFolder: true);
                if (opened is not null)
                {
                    Posix.Sync(opened);
                }
            }
        }
        finally
        {
            await above;
        }
    }
}
