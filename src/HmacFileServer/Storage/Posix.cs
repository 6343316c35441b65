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
    private const uint WaitBefore = 1, WaitAfter = 4; // SYNC_FILE_RANGE_WAIT_BEFORE, _WAIT_AFTER
    private const nint OpenAt2 = 437;              // SYS_openat2, the same number on every architecture
    private const ulong Beneath = 0x08;            // RESOLVE_BENEATH, linux/openat2.h
    private const ulong NoMagicLinks = 0x02;       // RESOLVE_NO_MAGICLINKS: those of /proc
    private const ulong NoLinks = 0x04;            // RESOLVE_NO_SYMLINKS
    private const ulong Cached = 0x20;             // RESOLVE_CACHED, since Linux 5.12
    private const int ReadAhead = 128 << 10;       // read_ahead_kb of nearly every disk
    private const int ProbeEvery = 1 << 20;
    private const int NoWait = 8;                  // RWF_NOWAIT, linux/fs.h
    private const int CloseOnExec = 0x80000;       // O_CLOEXEC
    private const int NonBlocking = 0x800;         // O_NONBLOCK: a FIFO in the store must not hang us
    private const int SymlinkItself = 0x100;       // AT_SYMLINK_NOFOLLOW
    private const uint StatType = 1;               // STATX_TYPE
    private const int FileTypeMask = 0xF000;       // S_IFMT
    private const int SocketType = 0xC000;         // S_IFSOCK
    private const int RegularType = 0x8000;        // S_IFREG
    private const uint FileMode = 0x1A0;           // 0640, whatever the umask lets through: not for other users,
    private const uint FolderMode = 0x1E8;         // 0750, and in its group for a proxy that sends files itself

    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    private static readonly nint PreadV2 = Arm ? 286 : 327;           // SYS_preadv2
    private static readonly int FolderOnly = Arm ? 0x4000 : 0x10000;  // O_DIRECTORY differs, asm/fcntl.h
    private static readonly int NoFollow = Arm ? 0x8000 : 0x20000;    // O_NOFOLLOW
    private const int OnlyName = 0x200000;                  // O_PATH

    /// <returns>Whether the folder was made; <see langword="false"/> when it was there.</returns>
    public static bool MakeFolder(SafeFileHandle parent, string name) =>
        NativeMkdirAt(parent, name, FolderMode) == 0
            || (Failed("mkdirat", Errno.Exists) is Errno.Exists ? false : throw Unreachable);

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

    /// <summary>What is known of an open file, by one call.</summary>
    public static FileStatus Status(SafeFileHandle file)
    {
        return TryStatus(file, out var status)
            ? status
            : throw new PosixException("statx", Marshal.GetLastPInvokeError());
    }

    /// <returns><see langword="false"/> when the file system won't say: over NFS the file may be gone.</returns>
    public static bool TryStatus(SafeFileHandle file, out FileStatus status)
    {
        const int Itself = 0x1000;                   // AT_EMPTY_PATH
        const uint Asked = 0x1 | 0x4 | 0x40 | 0x80 | 0x200; // STATX_TYPE, _NLINK, _MTIME, _CTIME, _SIZE
        Span<byte> found = stackalloc byte[256];     // struct statx, linux/stat.h
        if (NativeStatx(file, "", Itself, Asked, found) != 0)
        {
            status = default;
            return false;
        }

        status = new FileStatus(
            (BinaryPrimitives.ReadUInt16LittleEndian(found[28..]) & FileTypeMask) == RegularType,
            BinaryPrimitives.ReadInt64LittleEndian(found[40..]),
            Time(found[112..]),
            Time(found[96..]),
            BinaryPrimitives.ReadUInt32LittleEndian(found[16..]));
        return true;

        static DateTimeOffset Time(ReadOnlySpan<byte> timestamp) => DateTimeOffset.UnixEpoch.AddTicks(
            (BinaryPrimitives.ReadInt64LittleEndian(timestamp) * TimeSpan.TicksPerSecond)
            + (BinaryPrimitives.ReadUInt32LittleEndian(timestamp[8..]) / TimeSpan.NanosecondsPerTick));
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

    /// <returns><see langword="false"/> where the file system has no extended attributes, or no room for this one: that
    /// it has none for the file (ENOSPC) shows when the file is written.</returns>
    public static bool SetAttribute(SafeFileHandle file, string name, ReadOnlySpan<byte> value) =>
        NativeSetXattr(file, name, value, (nuint)value.Length, 0) == 0
        || Failed(
            "fsetxattr", Errno.NotSupported, Errno.NotPermitted, Errno.NoSpace, Errno.TooBig, Errno.OutOfRange) == 0;

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

    private static SafeFileHandle Handle(int descriptor, string path) => descriptor >= 0
        ? new SafeFileHandle(descriptor, ownsHandle: true)
        : throw new PosixException($"open {path}", Marshal.GetLastPInvokeError());

    private static int Failed(string call, params ReadOnlySpan<int> expected)
    {
        var error = Marshal.GetLastPInvokeError();
        return expected.Contains(error) ? error : throw new PosixException(call, error);
    }

    /// <param name="IsFile">Not a folder, a FIFO, a socket or a device.</param>
    /// <param name="Changed">When its content, its names or its attributes last changed.</param>
    /// <param name="Links">How many names it has; none when it was deleted.</param>
    internal readonly record struct FileStatus(
        bool IsFile, long Length, DateTimeOffset Modified, DateTimeOffset Changed, uint Links);

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
