using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>The folders that files are published in, made where they are missing.</summary>
internal sealed partial class DiskBlobStore
{
    private const string TheRoot = "";

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

    /// <returns><see langword="false"/> when the name is taken.</returns>
    private bool TryPublishInFolder(IncomingFile incoming, string path)
    {
        var slash = path.LastIndexOf('/');
        using var folder = slash < 0 ? Posix.OpenFolder(Path) : OpenOrMakeFolder(path[..slash], []);
        return folder is not null // a file stands where the folder should be: the name is taken
            && incoming.TryPublish(folder, path[(slash + 1)..]);
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
