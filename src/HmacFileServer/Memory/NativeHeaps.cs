using System.Runtime.InteropServices;

namespace HmacFileServer.Memory;

/// <summary>
/// What native code allocates: SQLite's pages and OpenSSL's contexts. glibc gives nearly every thread that asks an arena
/// of its own, and hardly takes anything back from one: under load that was some MB for nothing (docs/performance.md).
/// </summary>
internal static partial class NativeHeaps
{
    private const int ArenaMax = -8; // M_ARENA_MAX, malloc.h of glibc

    // With a single one, small uploads were a tenth slower: all threads wait for each other.
    private const int Arenas = 2;

    /// <summary>First of all: arenas that are there already stay, and some threads of the runtime have one each.</summary>
    public static void Share()
    {
        try
        {
            _ = NativeMallopt(ArenaMax, Arenas);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has one heap for all anyway.
        }
    }

    /// <summary>Gives back the pages that nothing lies on: malloc_trim(3).</summary>
    public static void GiveBack()
    {
        try
        {
            _ = NativeMallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl does so by itself.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int NativeMallocTrim(nuint pad);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int NativeMallopt(int parameter, int value);
}
