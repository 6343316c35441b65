using System.Runtime.InteropServices;

namespace HmacFileServer.Memory;

/// <summary>Memory as the kernel counts it.</summary>
internal static partial class Pages
{
    private const int DontNeed = 4; // MADV_DONTNEED, asm-generic/mman-common.h

    /// <returns>Where the first whole page of a pinned array begins.</returns>
    public static int FirstIn(byte[] pinned)
    {
        var page = Environment.SystemPageSize;
        var ragged = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0) % page);
        return ragged == 0 ? 0 : page - ragged;
    }

    /// <summary>
    /// Gives whole pages back to the kernel at once: they stay ours, and are zero when next touched. The collector
    /// would keep them until it runs, and on a server at rest it never does.
    /// </summary>
    public static void GiveBack(Span<byte> pages) =>
        _ = NativeMadvise(ref MemoryMarshal.GetReference(pages), (nuint)pages.Length, DontNeed);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int NativeMadvise(ref byte start, nuint length, int advice);
}
