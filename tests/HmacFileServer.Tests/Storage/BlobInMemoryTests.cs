using System.Runtime.InteropServices;
using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Tests.Storage;

/// <summary>What the threads that wait for sockets may send themselves: see Http/Wire/Poller.</summary>
public sealed partial class BlobInMemoryTests : IDisposable
{
    private const int DontNeed = 4; // POSIX_FADV_DONTNEED

    private readonly TempFolder folder = new();
    private readonly DiskBlobStore store;

    public BlobInMemoryTests() => store = new DiskBlobStore(folder.Path, NullLogger<DiskBlobStore>.Instance);

    [Theory]
    [InlineData(1)]
    [InlineData(100 << 10)]
    [InlineData(1 << 20)]
    public void A_small_file_that_was_just_read_is_in_memory_and_one_that_was_forgotten_is_not(int length)
    {
        using var blob = Stored(length);
        SpinWait.SpinUntil(
            () =>
            {
                Forget(blob.Handle); // a page that somebody looks at in this very moment stays, and one asked for is read
                return !Posix.IsInMemory(blob.Handle, 0, length);
            },
            TimeSpan.FromSeconds(10)).Should().BeTrue();

        RandomAccess.Read(blob.Handle, new byte[length], 0).Should().Be(length);

        Posix.IsInMemory(blob.Handle, 0, length).Should().Be(CanTell(blob.Handle));
    }

    [Fact]
    public void The_kernel_is_asked_once_for_a_small_file_that_is_held_open_and_each_time_for_parts_of_a_large_one()
    {
        using var small = Stored(100 << 10);
        var knows = small.IsInMemory(0, small.Length);
        SpinWait.SpinUntil(
            () =>
            {
                Forget(small.Handle);
                return !Posix.IsInMemory(small.Handle, 0, small.Length);
            },
            TimeSpan.FromSeconds(10)).Should().BeTrue();
        small.IsInMemory(0, small.Length).Should().Be(knows);

        using var large = Stored(3 << 20);
        large.IsInMemory(0, 2 << 20).Should().Be(knows);
        SpinWait.SpinUntil(
            () =>
            {
                Forget(large.Handle);
                return !large.IsInMemory(0, 2 << 20);
            },
            TimeSpan.FromSeconds(10)).Should().BeTrue();
    }

    [Theory]
    [InlineData(1 << 20, true)]
    [InlineData((1 << 20) + 1, false)]
    public void A_large_file_is_for_the_pool_to_send(int length, bool small)
    {
        using var blob = Stored(length);

        blob.IsSmall.Should().Be(small);
    }

    [Fact]
    public void A_name_that_was_just_used_is_in_memory_and_leads_to_the_file()
    {
        using var blob = Stored(10);

        using var again = store.OpenFromMemory(blob.Key);

        again!.Length.Should().Be(10);
    }

    [Theory]
    [InlineData("nobody/has.this")]
    [InlineData("link/secret.txt")]
    public void What_is_not_there_or_lies_outside_is_never_opened(string path)
    {
        using var outside = new TempFolder();
        File.WriteAllText(Path.Combine(outside.Path, "secret.txt"), "secret");
        File.CreateSymbolicLink(Path.Combine(folder.Path, "link"), outside.Path);

        store.OpenFromMemory(Key(path)).Should().BeNull();
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    private Blob Stored(int length)
    {
        var path = Path.Combine(folder.Path, "slot");
        Directory.CreateDirectory(path);
        File.WriteAllBytes(Path.Combine(path, "f.bin"), new byte[length]);
        return store.Open(Key("slot/f.bin"))!;
    }

    private static BlobKey Key(string path) => BlobKey.TryParse(path, out var key) ? key : throw new ArgumentException("No key.", nameof(path));

    private static void Forget(SafeFileHandle file)
    {
        Posix.Sync(file); // what is not on the disk yet is not forgotten
        Advise(file, 0, 0, DontNeed).Should().Be(0);
    }

    /// <summary>Some file systems, overlayfs among them, can't say what needs no waiting.</summary>
    private static bool CanTell(SafeFileHandle file) => Posix.IsInMemory(file, 0, 1);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
