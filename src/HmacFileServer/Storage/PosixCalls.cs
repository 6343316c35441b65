using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>
/// The C library's side of <see cref="Posix"/>. File offsets are 64 bits wide: 32-bit systems are not supported.
/// </summary>
internal static partial class Posix
{
    private const string C = "libc";

    [LibraryImport(C, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpen(string path, int flags);

    [LibraryImport(C, EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpenAt(SafeFileHandle folder, string path, int flags);

    [LibraryImport(C, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeCreate(string path, int flags, uint mode);

    [LibraryImport(C, EntryPoint = "flock", SetLastError = true)]
    private static partial int NativeFlock(SafeFileHandle file, int operation);

    [LibraryImport(C, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeStatx(SafeFileHandle file, string path, int flags, uint mask, Span<byte> result);

    [LibraryImport(C, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint NativeOpenAt2(
        nint number, SafeFileHandle folder, string path, ref OpenHow how, nint size);

    [LibraryImport(C, EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeMkdirAt(SafeFileHandle parent, string name, uint mode);

    [LibraryImport(C, EntryPoint = "fsync", SetLastError = true)]
    private static partial int NativeFsync(SafeFileHandle file);

    [LibraryImport(C, EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int NativeFdatasync(SafeFileHandle file);

    [LibraryImport(C, EntryPoint = "syncfs", SetLastError = true)]
    private static partial int NativeSyncFs(SafeFileHandle file);

    [LibraryImport(C, EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeRenameAt2(
        int fromFolder, string from, SafeFileHandle toFolder, string to, uint flags);

    [LibraryImport(C, EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeLinkAt(int fromFolder, string from, SafeFileHandle toFolder, string to, int flags);

    [LibraryImport(C, EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeUnlinkAt(SafeFileHandle folder, string name, int flags);

    [LibraryImport(C, EntryPoint = "fallocate", SetLastError = true)]
    private static partial int NativeFallocate(SafeFileHandle file, int mode, long offset, long bytes);

    [LibraryImport(C, EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int NativeSyncFileRange(SafeFileHandle file, long offset, long bytes, uint flags);

    [LibraryImport(C, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeStatx(int folder, string path, int flags, uint mask, Span<byte> result);

    [LibraryImport(C, EntryPoint = "fsetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeSetXattr(
        SafeFileHandle file, string name, ReadOnlySpan<byte> value, nuint size, int flags);

    [LibraryImport(C, EntryPoint = "fgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint NativeGetXattr(SafeFileHandle file, string name, Span<byte> value, nuint size);

    [LibraryImport(C, EntryPoint = "futimens", SetLastError = true)]
    private static partial int NativeFutimens(SafeFileHandle file, ReadOnlySpan<long> accessedAndModified);

    // By its number: musl has had the function only since 1.2.5. The offset is in two halves, and fills the first.
    [LibraryImport(C, EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial nint NativePreadV2(
        nint number, SafeFileHandle file, IoVector* vectors, nint count, long offset, nint none, nint flags);

    [LibraryImport(C, EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint NativePwrite(SafeFileHandle file, ReadOnlySpan<byte> bytes, nuint count, long offset);
}
