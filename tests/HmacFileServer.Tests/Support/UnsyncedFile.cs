using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Tests.Support;

/// <summary>An open file that every sync fails of (EBADF), as if its disk were broken.</summary>
internal static partial class UnsyncedFile
{
    private const int JustTheName = 0x200000; // O_PATH, open(2)

    public static SafeFileHandle NameOf(string path) => new(Open(path, JustTheName), ownsHandle: true);

    /// <summary>From here on it is another one, that syncs.</summary>
    public static void Mend(SafeFileHandle file, string folder)
    {
        using var sound = new SafeFileHandle(Open(folder, 0), ownsHandle: true);
        Dup2(sound, file).Should().BePositive();
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Dup2(SafeFileHandle from, SafeFileHandle to);
}
