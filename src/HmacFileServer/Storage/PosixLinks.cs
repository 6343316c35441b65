using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>What taking over another server's files needs.</summary>
internal static partial class Posix
{
    private const int FollowLink = 0x400; // AT_SYMLINK_FOLLOW: linkat(2) of an open file, through /proc

    /// <summary>
    /// Gives an open file a second name; by its path, another file might have come to have that meanwhile.
    /// </summary>
    /// <returns><see langword="false"/> when that can't be: another file system, a foreign file, too many names, or a
    /// name taken.</returns>
    public static bool TryLink(SafeFileHandle from, SafeFileHandle folder, string name) =>
        NativeLinkAt(
            AtCurrentFolder, $"/proc/self/fd/{from.DangerousGetHandle()}", folder, name, FollowLink) == 0
        || Failed("linkat", Errno.Exists, Errno.CrossesDevice, Errno.NotPermitted, Errno.TooManyNames,
            Errno.NotSupported) == 0;

    /// <summary>Makes durable all that was written to the file system of a file.</summary>
    public static void SyncFileSystem(SafeFileHandle file)
    {
        if (NativeSyncFs(file) != 0)
        {
            throw new PosixException("syncfs", Marshal.GetLastPInvokeError());
        }
    }
}
