using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>What has to be synced so that the name a file was moved to survives a power cut.</summary>
internal enum NameSync
{
    /// <summary>The folder it was moved to and each that was made for it: what POSIX promises, so always enough.</summary>
    EachFolder,

    /// <summary>
    /// The folder it was moved out of. ext4 commits all changes in the order in which they were made (Linux,
    /// Documentation/filesystems/ext4/journal.rst, fs/jbd2): with the loss of the old name the new one is committed, and
    /// every folder that was made before, by whomever. One sync does for all that were moved until then.
    /// </summary>
    FolderLeft,

    /// <summary>
    /// The file. ext4 without a journal syncs with a new name the folder that it is in, and those above which are new
    /// as well (Linux, fs/ext4/fsync.c, ext4_sync_parent).
    /// </summary>
    File,
}

/// <summary>What a file system needs.</summary>
internal static partial class Posix
{
    public static NameSync NameSyncOf(SafeFileHandle folder)
    {
        // /sys/dev/block/8:1 is a link to the device, and /sys/fs/ext4/sda1 is there while that is mounted as ext4. In it
        // is the number of the thread that writes the journal.
        try
        {
            return Directory.ResolveLinkTarget($"/sys/dev/block/{DeviceOf(folder)}", false) is not { } device
                ? NameSync.EachFolder
                : File.ReadAllText($"/sys/fs/ext4/{device.Name}/journal_task").StartsWith("<none>", StringComparison.Ordinal)
                ? NameSync.File
                : NameSync.FolderLeft;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return NameSync.EachFolder; // another file system, or nobody tells
        }
    }

    /// <returns>Its file system's device as the kernel writes it: "8:1".</returns>
    private static string DeviceOf(SafeFileHandle folder)
    {
        const int Itself = 0x1000, Major = 136, Minor = 140; // AT_EMPTY_PATH; struct statx, linux/stat.h
        Span<byte> status = stackalloc byte[256];
        if (NativeStatx(folder, "", Itself, StatType, status) != 0)
        {
            throw new PosixException("statx", Marshal.GetLastPInvokeError());
        }

        var (major, minor) = (MemoryMarshal.Read<uint>(status[Major..]), MemoryMarshal.Read<uint>(status[Minor..]));
        return string.Create(CultureInfo.InvariantCulture, $"{major}:{minor}");
    }
}
