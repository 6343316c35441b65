using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>Opening what lies in a folder, and nothing that lies outside.</summary>
internal static partial class Posix
{
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

    /// <summary>
    /// Opens a file as <c>OpenBelow</c> does, if the kernel has its name in memory and no link is on the way: that a
    /// link was turned elsewhere the file doesn't show to who holds it open.
    /// </summary>
    /// <returns>Null when it has not, or when anything is in the way.</returns>
    public static SafeFileHandle? OpenBelowFromMemory(SafeFileHandle folder, string relative)
    {
        var how = new OpenHow { Flags = CloseOnExec | NonBlocking, Resolve = Beneath | NoLinks | Cached };
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
}
