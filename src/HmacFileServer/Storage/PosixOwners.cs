using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>Whose files are, who may use them, and whose this process is.</summary>
internal static partial class Posix
{
    private const uint TypeModeAndOwner = 0x1 | 0x2 | 0x8 | 0x10; // STATX_TYPE, _MODE, _UID, _GID
    private const int FolderType = 0x4000;                        // S_IFDIR
    private const int MaySearch = 1, MayWrite = 2;                    // X_OK, W_OK
    private const int ByEffectiveUser = 0x200;                    // AT_EACCESS

    /// <summary>Not <see cref="Environment.IsPrivilegedProcess"/>, which is asked once and remembered.</summary>
    public static bool IsRoot => EffectiveUser == 0;

    public static uint EffectiveUser => NativeGeteuid();

    /// <returns><see langword="false"/> when nothing has the name, or a folder before it is closed to us.</returns>
    public static bool TryOwner(string path, out Ownership owner) => TryOwner(path, 0, out owner);

    /// <summary>The same of a symbolic link itself.</summary>
    public static bool TryOwnerOfLink(string path, out Ownership owner) => TryOwner(path, SymlinkItself, out owner);

    public static Ownership OwnerOf(SafeFileHandle file)
    {
        const int Itself = 0x1000; // AT_EMPTY_PATH
        Span<byte> status = stackalloc byte[256];
        return NativeStatx(file, "", Itself, TypeModeAndOwner, status) == 0
            ? Read(status)
            : throw new PosixException("statx", Marshal.GetLastPInvokeError());
    }

    /// <summary>
    /// Whether a file can be read or written by users who are neither its owner nor of its group: its own mode allows
    /// it, and no folder before it keeps them out.
    /// </summary>
    public static bool IsOpenToOthers(string path)
    {
        const int ReadOrWrite = 6, Search = 1; // S_IROTH | S_IWOTH, S_IXOTH
        var full = Path.GetFullPath(path);
        if (!TryOwner(full, out var file) || (file.Mode & ReadOrWrite) == 0)
        {
            return false;
        }

        for (var folder = Path.GetDirectoryName(full); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (!TryOwner(folder, out var before) || (before.Mode & Search) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Whether lines can be appended to a file, or a new one made there. Only asks: as root, to make it and delete it
    /// again would follow whatever link another user has put there.
    /// </summary>
    public static bool CanAppendTo(string path)
    {
        if (TryOwner(path, out var file))
        {
            return !file.IsFolder && Can(path, MayWrite);
        }

        return Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && TryOwner(folder, out var parent)
            && parent.IsFolder && Can(folder, MayWrite | MaySearch);

        static bool Can(string path, int mode) => NativeFaccessAt(AtCurrentFolder, path, mode, ByEffectiveUser) == 0;
    }

    /// <returns><see langword="false"/> when a folder on the way keeps us out, though nothing may be there.</returns>
    public static bool CanReach(string path) =>
        TryOwner(path, out _) || Marshal.GetLastPInvokeError() != Errno.NoAccess;

    /// <summary>
    /// For what libraries make, such as log files; what we make has its mode from us, whatever the umask. Before there
    /// are other threads: it is the whole process's.
    /// </summary>
    public static void NarrowUmask()
    {
        const uint OthersAndWritingGroup = 0x17; // 027
        _ = NativeUmask(NativeUmask(OthersAndWritingGroup) | OthersAndWritingGroup);
    }

    /// <summary>
    /// Makes a folder, and those before it that are missing: to them <see cref="Directory"/> gives what the umask says.
    /// </summary>
    public static void MakeFolders(string path, UnixFileMode mode)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (Path.GetDirectoryName(path) is { Length: > 0 } parent)
        {
            MakeFolders(parent, mode);
        }

        Directory.CreateDirectory(path, mode);
    }

    public static void SetMode(SafeHandle open, UnixFileMode mode)
    {
        if (NativeFchmod(open, (uint)mode) != 0)
        {
            throw new PosixException("fchmod", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>A user's name and group as the system knows them, getpwuid(3).</summary>
    /// <returns>Null when the number is nobody's.</returns>
    public static (string Name, uint Group)? Account(uint user)
    {
        const int Name = 0, GroupOffset = 20; // struct passwd, pwd.h: two pointers, the user, the group
        var entry = NativeGetpwuid(user);
        return entry == 0
            ? null
            : (Marshal.PtrToStringUTF8(Marshal.ReadIntPtr(entry, Name))!, (uint)Marshal.ReadInt32(entry, GroupOffset));
    }

    /// <summary>
    /// Becomes another user for good, with one group and no other. The C library does it on all threads of the process
    /// (setuid(2), "C library/kernel differences"), which the bare system calls do not.
    /// </summary>
    /// <exception cref="PosixException">It can't be; the process may have lost its groups.</exception>
    public static void Become(uint user, uint group)
    {
        Check("setgroups", NativeSetgroups(0, 0));
        Check("setresgid", NativeSetresgid(group, group, group));
        Check("setresuid", NativeSetresuid(user, user, user));

        static void Check(string call, int result)
        {
            if (result != 0)
            {
                throw new PosixException(call, Marshal.GetLastPInvokeError());
            }
        }
    }

    private static bool TryOwner(string path, int flags, out Ownership owner)
    {
        Span<byte> status = stackalloc byte[256]; // struct statx, linux/stat.h: the same on every architecture
        var found = NativeStatx(AtCurrentFolder, path, flags, TypeModeAndOwner, status) == 0;
        owner = found ? Read(status) : default;
        return found;
    }

    private static Ownership Read(ReadOnlySpan<byte> status) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(status[20..]),
        BinaryPrimitives.ReadUInt32LittleEndian(status[24..]),
        BinaryPrimitives.ReadUInt16LittleEndian(status[28..]));

    [LibraryImport(C, EntryPoint = "geteuid")]
    private static partial uint NativeGeteuid();

    [LibraryImport(C, EntryPoint = "getpwuid")]
    private static partial nint NativeGetpwuid(uint user);

    [LibraryImport(C, EntryPoint = "faccessat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeFaccessAt(int folder, string path, int mode, int flags);

    [LibraryImport(C, EntryPoint = "fchmod", SetLastError = true)]
    private static partial int NativeFchmod(SafeHandle open, uint mode);

    [LibraryImport(C, EntryPoint = "umask")]
    private static partial uint NativeUmask(uint mask);

    [LibraryImport(C, EntryPoint = "setgroups", SetLastError = true)]
    private static partial int NativeSetgroups(nuint count, nint groups);

    [LibraryImport(C, EntryPoint = "setresgid", SetLastError = true)]
    private static partial int NativeSetresgid(uint real, uint effective, uint saved);

    [LibraryImport(C, EntryPoint = "setresuid", SetLastError = true)]
    private static partial int NativeSetresuid(uint real, uint effective, uint saved);

    /// <param name="Mode">Type and permissions, inode(7).</param>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Ownership(uint User, uint Group, int Mode)
    {
        public bool IsFolder => (Mode & FileTypeMask) == FolderType;
    }
}
