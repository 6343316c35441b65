using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>
/// What the file system must promise and .NET has no word for: folders that can be synced, publishing without
/// overwriting, opening without leaving a folder. Linux on 64 bits. Every call throws <see cref="PosixException"/>
/// unless said otherwise.
/// </summary>
internal static partial class Posix
{
    private const int AtCurrentFolder = -100;      // AT_FDCWD
    private const int RemoveFolder = 0x200;        // AT_REMOVEDIR
    private const int RenameNoReplace = 1;         // RENAME_NOREPLACE, linux/fs.h
    private const int KeepSize = 1;                // FALLOC_FL_KEEP_SIZE, linux/falloc.h
    private const uint StartWriteback = 2;         // SYNC_FILE_RANGE_WRITE, linux/fs.h
    private const nint OpenAt2 = 437;              // SYS_openat2, the same number on every architecture
    private const ulong Beneath = 0x08 | 0x02;     // RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS, linux/openat2.h
    private const ulong Cached = 0x20;             // RESOLVE_CACHED, since Linux 5.12
    private const int ReadAhead = 128 << 10;       // read_ahead_kb of nearly every disk
    private const int NoWait = 8;                  // RWF_NOWAIT, linux/fs.h
    private const int CloseOnExec = 0x80000;       // O_CLOEXEC
    private const int NonBlocking = 0x800;         // O_NONBLOCK: a FIFO in the store must not hang us
    private const int SymlinkItself = 0x100;       // AT_SYMLINK_NOFOLLOW
    private const uint StatType = 1;               // STATX_TYPE
    private const int FileTypeMask = 0xF000;       // S_IFMT
    private const int SocketType = 0xC000;         // S_IFSOCK
    private const int RegularType = 0x8000;        // S_IFREG
    private const uint FileMode = 0x1B6;           // 0666, less the umask
    private const uint FolderMode = 0x1FF;         // 0777, less the umask: the operator's knob

    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    private static readonly nint PreadV2 = Arm ? 286 : 327;           // SYS_preadv2
    private static readonly int FolderOnly = Arm ? 0x4000 : 0x10000;  // O_DIRECTORY differs, asm/fcntl.h
    private static readonly int NoFollow = Arm ? 0x8000 : 0x20000;    // O_NOFOLLOW

    public static SafeFileHandle OpenFolder(string path) =>
        Handle((int)Restarted(() => NativeOpen(path, FolderOnly | CloseOnExec)), path);

    /// <summary>
    /// Opens what <paramref name="relative"/> names below <paramref name="folder"/>; no symbolic link, no ".."
    /// leads out of it.
    /// </summary>
    /// <returns>Null when there is no such file, or it lies outside.</returns>
    public static SafeFileHandle? OpenBelow(SafeFileHandle folder, string relative, bool asFolder = false)
    {
        var error = TryOpenBelow(folder, relative, CloseOnExec | (asFolder ? FolderOnly : NonBlocking), out var handle);
        return Opened(error, handle);
    }

    private static SafeFileHandle? Opened(int error, SafeFileHandle? handle) => error switch
    {
        0 => handle,
        Errno.NoEntry or Errno.NotAFolder or Errno.CrossesDevice or Errno.TooManyLinks or Errno.NameTooLong
            or Errno.NoDevice => null,
        _ => throw new PosixException("openat2", error),
    };

    /// <summary>Opens a file as <c>OpenBelow</c> does.</summary>
    /// <param name="isFree">One may yet be made there: nothing has the name, and nothing but folders is on
    /// the way.</param>
    public static SafeFileHandle? OpenBelow(SafeFileHandle folder, string relative, out bool isFree)
    {
        var error = TryOpenBelow(folder, relative, CloseOnExec | NonBlocking, out var handle);
        isFree = error == Errno.NoEntry;
        return Opened(error, handle);
    }

    /// <summary>Opens a file as <c>OpenBelow</c> does, if the kernel has its name in memory.</summary>
    /// <returns>Null when it has not, or when anything is in the way.</returns>
    public static SafeFileHandle? OpenBelowFromMemory(SafeFileHandle folder, string relative)
    {
        var how = new OpenHow { Flags = CloseOnExec | NonBlocking, Resolve = Beneath | Cached };
        var descriptor = (int)NativeOpenAt2(OpenAt2, folder, relative, ref how, Marshal.SizeOf<OpenHow>());
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>
    /// Whether a part of a file can be read without waiting for a disk, as a rule: files are read from their beginning, so
    /// when its last byte is in the page cache the rest is. Of a part longer than the kernel reads at once the first byte
    /// may have gone meanwhile. Where nobody knows, it can't.
    /// </summary>
    public static bool IsInMemory(SafeFileHandle file, long offset, long count) =>
        IsInMemory(file, offset + Math.Max(0, count - 1)) && (count <= ReadAhead || IsInMemory(file, offset));

    private static unsafe bool IsInMemory(SafeFileHandle file, long offset)
    {
        byte one;
        var into = new IoVector { Address = &one, Length = 1 };
        return NativePreadV2(PreadV2, file, &into, 1, offset, 0, NoWait) >= 0;
    }

    private static int TryOpenBelow(SafeFileHandle folder, string relative, int flags, out SafeFileHandle? handle)
    {
        var how = new OpenHow { Flags = (ulong)flags, Resolve = Beneath };
        int descriptor, error;
        do
        {
            descriptor = (int)NativeOpenAt2(OpenAt2, folder, relative, ref how, Marshal.SizeOf<OpenHow>());
            error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == Errno.Interrupted);

        if (error is Errno.NoSystemCall or Errno.NotPermitted) // before Linux 5.6, or a container's filter
        {
            return OpenBelowStepByStep(folder, relative, flags, out handle);
        }

        handle = error == 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
        return error;
    }

    /// <returns>Whether the folder was made; <see langword="false"/> when it was there.</returns>
    public static bool MakeFolder(SafeFileHandle parent, string name) =>
        NativeMkdirAt(parent, name, FolderMode) == 0
            || (Failed("mkdirat", Errno.Exists) is Errno.Exists ? false : throw Unreachable);

    /// <summary>Makes bytes, name and size of a file, or the names in a folder, survive a power cut.</summary>
    public static void Sync(SafeFileHandle file)
    {
        if (Restarted(() => NativeFsync(file)) != 0)
        {
            // Some file systems can't sync a folder (EINVAL): they have nothing better to offer.
            Failed("fsync", Errno.Invalid);
        }
    }

    /// <summary>
    /// Moves a file to a name nobody has. One step where the file system can, link and unlink where it can't.
    /// </summary>
    /// <returns><see langword="false"/> when the name is taken.</returns>
    public static bool Publish(string from, SafeFileHandle folder, string name)
    {
        if (NativeRenameAt2(AtCurrentFolder, from, folder, name, RenameNoReplace) == 0)
        {
            return true;
        }

        var error = Failed("renameat2", Errno.Exists, Errno.Invalid, Errno.NoSystemCall);
        if (error == Errno.Exists)
        {
            return false;
        }

        if (NativeLinkAt(AtCurrentFolder, from, folder, name, 0) != 0)
        {
            Failed("linkat", Errno.Exists);
            return false;
        }

        File.Delete(from);
        return true;
    }

    /// <summary>Removes a name that is there and no folder's; of a link, the link itself.</summary>
    public static void Unlink(SafeFileHandle folder, string name)
    {
        if (NativeUnlinkAt(folder, name, 0) != 0)
        {
            Failed("unlinkat", Errno.NoEntry, Errno.IsAFolder);
        }
    }

    /// <returns><see langword="false"/> when the folder is not empty, or in use.</returns>
    public static bool TryRemoveFolder(SafeFileHandle parent, string name) =>
        NativeUnlinkAt(parent, name, RemoveFolder) == 0
        || Failed("unlinkat", Errno.NotEmpty, Errno.Exists, Errno.NotAFolder, Errno.Busy,
            Errno.NoEntry) == Errno.NoEntry;

    /// <summary>Reserves blocks without changing the file's size.</summary>
    /// <returns><see langword="false"/> where the file system can't.</returns>
    public static bool Preallocate(SafeFileHandle file, long bytes) =>
        bytes == 0 || Restarted(() => NativeFallocate(file, KeepSize, 0, bytes)) == 0
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

    /// <summary>Lets the kernel begin to write a range to the disk. A hint: failure is of no consequence.</summary>
    public static void BeginWriteback(SafeFileHandle file, long offset, long bytes) =>
        _ = NativeSyncFileRange(file, offset, bytes, StartWriteback);

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

    /// <summary>What is known of an open file, by one call.</summary>
    public static FileStatus Status(SafeFileHandle file)
    {
        const int Itself = 0x1000, TypeSizeAndTime = 0x1 | 0x200 | 0x40; // AT_EMPTY_PATH; STATX_TYPE, _SIZE, _MTIME
        Span<byte> status = stackalloc byte[256];                        // struct statx, linux/stat.h
        if (NativeStatx(file, "", Itself, TypeSizeAndTime, status) != 0)
        {
            throw new PosixException("statx", Marshal.GetLastPInvokeError());
        }

        var seconds = BinaryPrimitives.ReadInt64LittleEndian(status[112..]);
        var nanoseconds = BinaryPrimitives.ReadUInt32LittleEndian(status[120..]);
        return new FileStatus(
            (BinaryPrimitives.ReadUInt16LittleEndian(status[28..]) & FileTypeMask) == RegularType,
            BinaryPrimitives.ReadInt64LittleEndian(status[40..]),
            DateTimeOffset.UnixEpoch.AddTicks(
                (seconds * TimeSpan.TicksPerSecond) + (nanoseconds / TimeSpan.NanosecondsPerTick)));
    }

    /// <summary>
    /// Whether a unix socket lies there. Not to be learnt by connecting: a plain file refuses a connection likewise.
    /// </summary>
    public static bool IsSocket(string path)
    {
        const int ModeOffset = 28; // stx_mode of struct statx, linux/stat.h: the same on every architecture
        Span<byte> status = stackalloc byte[256];
        return NativeStatx(AtCurrentFolder, path, SymlinkItself, StatType, status) == 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(status[ModeOffset..]) & FileTypeMask) == SocketType;
    }

    /// <returns><see langword="false"/> where the file system has no extended attributes.</returns>
    public static bool SetAttribute(SafeFileHandle file, string name, ReadOnlySpan<byte> value) =>
        NativeSetXattr(file, name, value, (nuint)value.Length, 0) == 0
        || Failed("fsetxattr", Errno.NotSupported, Errno.NotPermitted) == 0;

    /// <returns>The number of bytes read into <paramref name="value"/>, or -1 when there is no such
    /// attribute.</returns>
    public static int GetAttribute(SafeFileHandle file, string name, Span<byte> value) =>
        (int)NativeGetXattr(file, name, value, (nuint)value.Length);

    /// <summary>
    /// Does a call again that a signal broke off (EINTR), as network file systems and FUSE let happen, signal(7).
    /// </summary>
    private static nint Restarted(Func<nint> call)
    {
        nint result;
        do
        {
            result = call();
        }
        while (result == -1 && Marshal.GetLastPInvokeError() == Errno.Interrupted);

        return result;
    }

    private static Exception Unreachable => new InvalidOperationException();

    private static int OpenBelowStepByStep(
        SafeFileHandle folder, string relative, int flags, out SafeFileHandle? handle)
    {
        var segments = relative.Split('/');
        var current = folder;
        for (var i = 0; i < segments.Length; i++)
        {
            var last = i == segments.Length - 1;
            var how = NoFollow | (last ? flags : FolderOnly | CloseOnExec);
            var (below, segment) = (current, segments[i]);
            var descriptor = (int)Restarted(() => NativeOpenAt(below, segment, how));
            var error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (!ReferenceEquals(current, folder))
            {
                current.Dispose();
            }

            if (error != 0)
            {
                handle = null;
                return error;
            }

            current = new SafeFileHandle(descriptor, ownsHandle: true);
        }

        handle = current;
        return 0;
    }

    private static SafeFileHandle Handle(int descriptor, string path) => descriptor >= 0
        ? new SafeFileHandle(descriptor, ownsHandle: true)
        : throw new PosixException($"open {path}", Marshal.GetLastPInvokeError());

    private static int Failed(string call, params ReadOnlySpan<int> expected)
    {
        var error = Marshal.GetLastPInvokeError();
        return expected.Contains(error) ? error : throw new PosixException(call, error);
    }

    /// <param name="IsFile">Not a folder, a FIFO, a socket or a device.</param>
    internal readonly record struct FileStatus(bool IsFile, long Length, DateTimeOffset Modified);

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct IoVector
    {
        public void* Address;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
