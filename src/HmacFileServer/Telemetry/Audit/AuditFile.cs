using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using HmacFileServer.Storage;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Telemetry.Audit;

/// <summary>
/// Whole lines, appended each by one write: of several processes, and through a <c>kill -9</c>. Before each line it is
/// made sure that the file still has its name, so that logrotate may rename it at any moment and needs to tell nobody.
/// </summary>
internal sealed partial class AuditFile(string path, long maxBytes, int maxFiles, TimeProvider time) : IDisposable
{
    // fcntl.h, the same on x86-64 and arm64. FileMode.Append would not do: it seeks, and then two processes
    // overwrite each other.
    private const int ReadWrite = 2;
    private const int Create = 0x40;
    private const int AtEnd = 0x400;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Mode = 0x1A0; // rw-r-----

    // Lines go to the file that the settings name, not to what somebody has put a link to in its place.
    private static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    private readonly Lock writing = new();
    private readonly string path = Path.GetFullPath(path);
    private SafeFileHandle? file;
    private string? name;
    private bool torn;

    /// <exception cref="IOException">The line is not, or not wholly, in the file.</exception>
    public void Append(string line)
    {
        lock (writing)
        {
            // What a full disk or a power cut left of a line must not swallow the next one.
            var bytes = Encoding.UTF8.GetBytes($"{line}\n");
            var open = Open(bytes.Length);
            if (torn)
            {
                bytes = [(byte)'\n', .. bytes];
            }

            torn = true;
            RandomAccess.Write(open, bytes, fileOffset: 0); // pwrite(2): with O_APPEND, Linux heeds no offset
            torn = false;
        }
    }

    public void Dispose()
    {
        lock (writing)
        {
            Close();
        }
    }

    private SafeFileHandle Open(int more)
    {
        if (file is not null && NameOf(file) != name)
        {
            Close(); // somebody has rotated it
        }

        file ??= OpenNew();
        if (RandomAccess.GetLength(file) is > 0 and var length && length + more > maxBytes)
        {
            Rotate();
            file = OpenNew();
        }

        return file;
    }

    private SafeFileHandle OpenNew()
    {
        var opened = NativeOpen(path, ReadWrite | Create | AtEnd | CloseOnExec | NonBlocking | NoFollow, Mode);
        if (opened.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            opened.Dispose();
            throw new IOException(error == Errno.TooManyLinks
                ? $"{path} is a symbolic link, which is not followed"
                : $"{path}: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        if (!Posix.Status(opened).IsFile)
        {
            opened.Dispose();
            throw new IOException($"{path} is no plain file");
        }

        name = NameOf(opened);
        Span<byte> last = [(byte)'\n'];
        if (RandomAccess.GetLength(opened) is > 0 and var length)
        {
            RandomAccess.Read(opened, last, length - 1);
        }

        torn = last[0] != '\n';
        return opened;
    }

    private void Rotate()
    {
        Close();
        var stamp = time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture);
        var rotated = $"{path}.{stamp}";
        for (var i = 2; File.Exists(rotated); i++)
        {
            rotated = $"{path}.{stamp}-{i}";
        }

        File.Move(path, rotated);
        if (maxFiles > 0)
        {
            var (folder, own) = (Path.GetDirectoryName(path)!, Path.GetFileName(path));
            foreach (var old in Directory.GetFiles(folder, $"{own}.????????T*Z*")
                .OrderDescending(StringComparer.Ordinal).Skip(maxFiles))
            {
                File.Delete(old);
            }
        }
    }

    private void Close()
    {
        file?.Dispose();
        file = null;
    }

    /// <summary>
    /// Where an open file lies now; after it was deleted, with words behind it that make it another name.
    /// </summary>
    private static string? NameOf(SafeFileHandle open) =>
        new FileInfo($"/proc/self/fd/{open.DangerousGetHandle()}").LinkTarget;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle NativeOpen(string path, int flags, int mode);
}
