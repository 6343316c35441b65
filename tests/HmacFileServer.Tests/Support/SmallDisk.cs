using System.ComponentModel;
using System.Diagnostics;

namespace HmacFileServer.Tests.Support;

/// <summary>A file system of a few megabytes where a server's store is to lie; goes with the test.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string path;

    private SmallDisk(string path) => this.path = path;

    /// <param name="options">Of mount, tmpfs(5): "size=8m".</param>
    public static SmallDisk InMemory(string path, string options) =>
        Mounted(path, "-t", "tmpfs", "-o", options, "hfs-test");

    /// <summary>ext2 in a file: a file system that cannot reserve blocks (fallocate(2), EOPNOTSUPP).</summary>
    public static SmallDisk WithoutReservation(string path, string image, int megabytes)
    {
        using (var file = File.Create(image))
        {
            file.SetLength((long)megabytes << 20);
        }

        return Run("mke2fs", "-q", "-t", "ext2", "-F", "-m", "0", image)
            ? Mounted(path, "-o", "loop", image)
            : throw new IOException($"mke2fs {image} failed");
    }

    public static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // no such program
        }
    }

    public void Dispose() => Run("umount", "-l", path);

    private static SmallDisk Mounted(string path, params string[] options) =>
        Run("mount", [.. options, path]) ? new SmallDisk(path) : throw new IOException($"mount {path} failed");
}
