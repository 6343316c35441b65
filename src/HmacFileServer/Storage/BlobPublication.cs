using HmacFileServer.Ledger;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>The last steps of an upload: entry, content and name made durable, in the order that survives a kill.</summary>
internal sealed partial class DiskBlobStore
{
    /// <summary>
    /// The entry first, then the name: an entry without a file is easily told, a file without an entry is not. While the ledger
    /// syncs the entry, with those of other uploads, we sync the content.
    /// </summary>
    private async Task<StoreOutcome> EnterAndPublishAsync(
        IncomingFile incoming, BlobKey key, Registration registration, bool durable)
    {
        var published = false;
        try
        {
            var entering = registration.EnterAsync(incoming.HashOfAll(), out var storedAt);
            File.SetLastWriteTimeUtc(incoming.Handle, storedAt.UtcDateTime);
            if (durable)
            {
                Posix.Sync(incoming.Handle);
            }

            var enrolment = await entering;
            if (enrolment != Enrolment.Enrolled)
            {
                return enrolment == Enrolment.Buried ? StoreOutcome.Buried : StoreOutcome.Blocked;
            }

            published = Publish(incoming, key, durable);
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

        return published ? StoreOutcome.Stored
            : IsStored(key, incoming) ? StoreOutcome.Repeated
            : StoreOutcome.Taken;
    }

    /// <summary>Whether the file that was quicker holds the same: two servers on one store, and a client that sent to both.</summary>
    private bool IsStored(BlobKey key, IncomingFile incoming)
    {
        using var stored = Open(key);
        return stored is not null && incoming.IsSameAs(stored);
    }

    private bool Publish(IncomingFile incoming, BlobKey key, bool durable)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return PublishOnce(incoming, key, durable);
            }
            catch (PosixException e) when (e.Error == Errno.NoEntry && attempt < 3)
            {
                // Somebody removed the empty folder between our opening and our renaming.
            }
        }
    }

    private bool PublishOnce(IncomingFile incoming, BlobKey key, bool durable)
    {
        var slash = key.StoredPath.LastIndexOf('/');
        using var folder = slash < 0 ? Posix.OpenFolder(Path) : OpenOrMakeFolder(key.StoredPath[..slash], durable);
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
                Posix.Sync(folder);
            }

            return true;
        }
        catch (PosixException)
        {
            Posix.Unlink(folder, name); // not known to be durable, so it was not stored
            throw;
        }
    }

    private SafeFileHandle? OpenOrMakeFolder(string path, bool durable)
    {
        if (Posix.OpenBelow(root, path, asFolder: true) is { } there)
        {
            return there;
        }

        var slash = path.LastIndexOf('/');
        using var parent = slash < 0 ? Posix.OpenFolder(Path) : OpenOrMakeFolder(path[..slash], durable);
        if (parent is null)
        {
            return null;
        }

        var made = Posix.MakeFolder(parent, path[(slash + 1)..]);
        if (made && durable)
        {
            Posix.Sync(parent);
        }

        var opened = Posix.OpenBelow(root, path, asFolder: true);
        return opened is null && made ? throw new PosixException("openat2", Errno.NoEntry) : opened;
    }
}
