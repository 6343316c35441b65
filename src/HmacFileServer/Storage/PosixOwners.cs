using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>Whose files are.</summary>
internal static partial class Posix
{
    private const uint OwnerAndGroup = 0x18; // STATX_UID, STATX_GID

    /// <summary>
    /// Gives a file that root has just made to the user whose folder it is in: the server, which is not root, has to
    /// write to it. Only for a file that was new, or that user could have root give him any file.
    /// </summary>
    public static void GiveToOwnerOf(string folder, SafeFileHandle newFile)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        Span<byte> status = stackalloc byte[256]; // struct statx, linux/stat.h: the same on every architecture
        if (NativeStatx(AtCurrentFolder, folder, 0, OwnerAndGroup, status) != 0)
        {
            throw new PosixException("statx", Marshal.GetLastPInvokeError());
        }

        var user = BinaryPrimitives.ReadUInt32LittleEndian(status[20..]);
        var group = BinaryPrimitives.ReadUInt32LittleEndian(status[24..]);
        if (NativeFchown(newFile, user, group) != 0)
        {
            throw new PosixException("fchown", Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport(C, EntryPoint = "fchown", SetLastError = true)]
    private static partial int NativeFchown(SafeFileHandle file, uint user, uint group);
}
