using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>Making files, writing them, and making that durable.</summary>
internal static partial class Posix
{
    /// <summary>Reserves blocks without changing the file's size.</summary>
    /// <returns><see langword="false"/> where the file system can't.</returns>
    public static bool Preallocate(SafeFileHandle file, long offset, long bytes) =>
        bytes == 0 || Restarted(() => NativeFallocate(file, KeepSize, offset, bytes)) == 0
        || Failed("fallocate", Errno.NotSupported, Errno.NoSystemCall, Errno.Invalid) == 0;

    /// <summary>
    /// Writes all of it. Two calls fewer than <see cref="RandomAccess"/>, which first looks what kind of file it has.
    /// </summary>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            var count = (int)NativePwrite(file, bytes, (nuint)bytes.Length, offset);
            if (count < 0 && Failed("pwrite", Errno.Interrupted) == Errno.Interrupted)
            {
                continue;
            }

            bytes = bytes[count..];
            offset += count;
        }
    }

    /// <summary>
    /// One call: <see cref="System.IO.File"/> asks first when the file was last read, to set that too.
    /// </summary>
    public static void SetModified(SafeFileHandle file, DateTimeOffset time)
    {
        const long LeftAsItIs = (1 << 30) - 2; // UTIME_OMIT, linux/stat.h
        var (seconds, ticks) = Math.DivRem((time - DateTimeOffset.UnixEpoch).Ticks, TimeSpan.TicksPerSecond);
        var times = (ReadOnlySpan<long>)[0, LeftAsItIs, seconds, ticks * TimeSpan.NanosecondsPerTick]; // two timespecs
        if (NativeFutimens(file, times) != 0)
        {
            Failed("futimens");
        }
    }

    /// <summary>Lets the kernel begin to write a range to the disk. A hint: failure is of no consequence.</summary>
    public static void BeginWriteback(SafeFileHandle file, long offset, long bytes) =>
        _ = NativeSyncFileRange(file, offset, bytes, StartWriteback);

    /// <summary>
    /// Writes to the disk what of a file was not written yet, and waits for that: its bytes alone, for as much as the disk's
    /// own cache is worth.
    /// </summary>
    /// <returns><see langword="false"/> where the file system can't.</returns>
    /// <exception cref="PosixException">It failed. The kernel says so once: a sync of the file would succeed now.</exception>
    public static bool TryFinishWriteback(SafeFileHandle file) =>
        Restarted(() => NativeSyncFileRange(file, 0, 0, WaitBefore | StartWriteback | WaitAfter)) == 0
        || Failed("sync_file_range", Errno.Invalid, Errno.NoSystemCall, Errno.NotSupported, Errno.NotPermitted) == 0;

    /// <summary>Makes a file that nobody else writes while it is open: locked, flock(2).</summary>
    /// <exception cref="DirectoryNotFoundException">Its folder is gone.</exception>
    public static SafeFileHandle Create(string path)
    {
        const int ReadWrite = 2, Make = 0x40, New = 0x80; // O_RDWR, O_CREAT, O_EXCL
        const int Exclusive = 2 | 4;                      // LOCK_EX | LOCK_NB
        int descriptor;
        do
        {
            descriptor = NativeCreate(path, ReadWrite | Make | New | CloseOnExec, FileMode);
        }
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);

        if (descriptor < 0 && Marshal.GetLastPInvokeError() == Errno.NoEntry)
        {
            throw new DirectoryNotFoundException($"The folder of {path} is gone.");
        }

        var file = Handle(descriptor, path);
        _ = NativeFlock(file, Exclusive); // advisory, for the sweep of another process; not every file system has it
        return file;
    }

    /// <summary>Makes bytes, name and size of a file, or the names in a folder, survive a power cut.</summary>
    public static void Sync(SafeFileHandle file)
    {
        if (Restarted(() => NativeFsync(file)) != 0)
        {
            // Some file systems can't sync a folder (EINVAL): they have nothing better to offer.
            Failed("fsync", Errno.Invalid);
        }
    }

    /// <summary>The same for bytes and size alone: not the times, which nobody needs in order to read them.</summary>
    public static void SyncContent(SafeFileHandle file)
    {
        if (Restarted(() => NativeFdatasync(file)) != 0)
        {
            Failed("fdatasync", Errno.Invalid);
        }
    }
}
