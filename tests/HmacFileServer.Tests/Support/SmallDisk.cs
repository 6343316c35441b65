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
    public static SmallDisk WithoutReservation(string path, string image, int megabytes) =>
        Formatted(path, image, megabytes, "ext2");

    /// <summary>
    /// ext4 in a file, which writes nothing by itself for five minutes. What the file holds is what a power cut leaves.
    /// </summary>
    /// <param name="features">Of mke2fs, ext4(5): "^has_journal".</param>
    public static SmallDisk WithJournal(string path, string image, int megabytes, string features = "has_journal") =>
        Formatted(path, image, megabytes, "ext4", "-O", features);

    /// <summary>The file system that a power cut left in a file, mended as it is at boot.</summary>
    public static SmallDisk AfterPowerCut(string path, string image)
    {
        Run("e2fsck", "-f", "-y", image); // says 1 when there was something to mend
        return Mounted(path, "-o", "loop", image);
    }

    public static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            })!;
            process.StandardOutput.ReadToEnd(); // what they say is little
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

    private static SmallDisk Formatted(string path, string image, int megabytes, string type, params string[] options)
    {
        using (var file = File.Create(image))
        {
            file.SetLength((long)megabytes << 20);
        }

        if (!Run("mke2fs", ["-q", "-t", type, "-F", "-m", "0", .. options, image]))
        {
            throw new IOException($"mke2fs {image} failed");
        }

        return Mounted(path, "-o", options is [.., "has_journal"] ? "loop,commit=300" : "loop", image);
    }

    private static SmallDisk Mounted(string path, params string[] options) =>
        Run("mount", [.. options, path]) ? new SmallDisk(path) : throw new IOException($"mount {path} failed");
}
