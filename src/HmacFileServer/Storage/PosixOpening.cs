using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>Opening what lies in a folder, and nothing that lies outside.</summary>
internal static partial class Posix
{
    public static SafeFileHandle OpenFolder(string path) =>
        Handle((int)Restarted(() => NativeOpen(path, FolderOnly | CloseOnExec)), path);

    /// <returns>Null when it is a symbolic link; the folders before it may be.</returns>
    public static SafeFileHandle? OpenFolderItself(string path)
    {
        var descriptor = (int)Restarted(() => NativeOpen(path, FolderOnly | NoFollow | CloseOnExec));
        return descriptor < 0 && Marshal.GetLastPInvokeError() is Errno.NotAFolder or Errno.TooManyLinks
            ? null
            : Handle(descriptor, path);
    }

    /// <summary>
    /// Opens what <paramref name="relative"/> names below <paramref name="folder"/>: through no symbolic link and no
    /// "..".
    /// </summary>
    /// <returns>Null when there is no such file, or a link is on the way.</returns>
    public static SafeFileHandle? OpenBelow(SafeFileHandle folder, string relative, bool asFolder = false)
    {
        var flags = CloseOnExec | (asFolder ? FolderOnly : NonBlocking);
        return Opened(TryOpenBelow(folder, relative, flags, out var handle), handle);
    }

    /// <summary>Opens a file as <c>OpenBelow</c> does.</summary>
    /// <param name="isFree">One may yet be made there: nothing has the name, and nothing but folders is on
    /// the way.</param>
    public static SafeFileHandle? OpenBelow(SafeFileHandle folder, string relative, out bool isFree)
    {
        var error = TryOpenBelow(folder, relative, CloseOnExec | NonBlocking, out var handle);
        isFree = error == Errno.NoEntry;
        return Opened(error, handle);
    }

    /// <summary>Opens as <c>OpenBelow</c> does, but follows symbolic links, wherever they lead.</summary>
    public static SafeFileHandle? OpenThroughLinks(
        SafeFileHandle folder, string relative, bool asFolder, out bool isFree)
    {
        var flags = CloseOnExec | (asFolder ? FolderOnly : NonBlocking);
        var descriptor = (int)Restarted(() => NativeOpenAt(folder, relative, flags));
        var error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (error == Errno.NoEntry)
        {
            using var dangling = OpenBelow(folder, relative, out isFree); // a link that leads nowhere has the name, too
            return null;
        }

        isFree = false;
        return Opened(error, descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true));
    }

    /// <summary>
    /// Opens a plain file by its full path, none of whose parts may be a symbolic link. Waits for no FIFO.
    /// </summary>
    /// <returns>Null when there is none: nothing, a link, a folder, a FIFO, a device.</returns>
    /// <exception cref="PosixException">It may not be read.</exception>
    public static SafeFileHandle? OpenPlainFile(string fullPath)
    {
        using var top = OpenFolder("/");
        var file = OpenBelow(top, fullPath.TrimStart('/'));
        if (file is null || Status(file).IsFile)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Where an open file or folder lies now, without any link, proc_pid_fd(5).</summary>
    public static string PathOf(SafeFileHandle open) =>
        new FileInfo($"/proc/self/fd/{open.DangerousGetHandle()}").LinkTarget ?? "";

    private static SafeFileHandle? Opened(int error, SafeFileHandle? handle) => error switch
    {
        0 => handle,
        Errno.NoEntry or Errno.NotAFolder or Errno.CrossesDevice or Errno.TooManyLinks or Errno.NameTooLong
            or Errno.NoDevice => null,
        _ => throw new PosixException("openat2", error),
    };

    /// <summary>
    /// Opens a file as <c>OpenBelow</c> does, if the kernel has its name in memory and no link is on the way: that a
    /// link was turned elsewhere the file doesn't show to who holds it open.
    /// </summary>
    /// <returns>Null when it has not, or when anything is in the way.</returns>
    public static SafeFileHandle? OpenBelowFromMemory(SafeFileHandle folder, string relative)
    {
        const ulong Resolve = Beneath | NoMagicLinks | NoLinks | Cached;
        var how = new OpenHow { Flags = CloseOnExec | NonBlocking, Resolve = Resolve };
        var descriptor = (int)NativeOpenAt2(OpenAt2, folder, relative, ref how, Marshal.SizeOf<OpenHow>());
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>
    /// Whether a part of a file can be read without waiting for a disk, as a rule: files are read from their beginning,
    /// so when its last byte is in the page cache the rest is. Of a part longer than the kernel reads at once the first
    /// may have gone meanwhile, and of a long one any: a byte of each MiB is asked for. Where nobody knows, it can't.
    /// </summary>
    public static bool IsInMemory(SafeFileHandle file, long offset, long count)
    {
        var last = offset + Math.Max(0, count - 1);
        var isThere = IsInMemory(file, last);
        if (count > ReadAhead)
        {
            for (var at = offset; isThere && at < last; at += ProbeEvery)
            {
                isThere = IsInMemory(file, at);
            }
        }

        return isThere;
    }

    private static unsafe bool IsInMemory(SafeFileHandle file, long offset)
    {
        byte one;
        var into = new IoVector { Address = &one, Length = 1 };
        return NativePreadV2(PreadV2, file, &into, 1, offset, 0, NoWait) >= 0;
    }

    private static int TryOpenBelow(SafeFileHandle folder, string relative, int flags, out SafeFileHandle? handle)
    {
        var how = new OpenHow { Flags = (ulong)flags, Resolve = Beneath | NoMagicLinks | NoLinks };
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

    /// <summary>What openat2(2) does, for a kernel or a container that has none.</summary>
    internal static int OpenBelowStepByStep(
        SafeFileHandle folder, string relative, int flags, out SafeFileHandle? handle)
    {
        var segments = relative.Split('/');
        var current = folder;
        for (var i = 0; i < segments.Length; i++)
        {
            var last = i == segments.Length - 1;
            var how = NoFollow | (last ? flags : OnlyName | FolderOnly | CloseOnExec);
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
}
