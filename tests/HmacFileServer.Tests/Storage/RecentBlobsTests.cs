using System.Text;
using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace HmacFileServer.Tests.Storage;

/// <summary>Files that are held open after they were read, and what must never come of it.</summary>
public sealed partial class RecentBlobsTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private readonly DiskBlobStore store;

    public RecentBlobsTests() => store = new DiskBlobStore(
        folder.Path, NullLogger<DiskBlobStore>.Instance, clock, links: StoreLinks.Followed);

    [Fact]
    public void Who_asks_within_a_second_gets_the_same_open_file_and_later_ones_open_it_again()
    {
        var key = Stored("a/1", "hello");

        using var first = store.OpenFromMemory(key)!;
        using var second = store.OpenFromMemory(key)!;
        clock.Advance(RecentBlobs.Longest);
        using var later = store.OpenFromMemory(key)!;

        second.Handle.Should().BeSameAs(first.Handle);
        later.Handle.Should().NotBeSameAs(first.Handle);
        new[] { first, second, later }.Select(Content).Should().AllBe("hello");
    }

    [Fact]
    public void A_deleted_file_is_not_found_though_it_was_just_read()
    {
        var key = Stored("a/1", "hello");
        Read(key).Should().Be("hello");

        File.Delete(InFolder("a/1"));

        store.OpenFromMemory(key).Should().BeNull();
        store.Open(key).Should().BeNull();
        store.Recent.Count.Should().Be(0);
    }

    [Fact]
    public void A_deleted_file_that_another_name_still_leads_to_is_not_found()
    {
        var key = Stored("a/1", "hello");
        SmallDisk.Run("ln", InFolder("a/1"), InFolder("a/backup"));
        Read(key).Should().Be("hello");

        File.Delete(InFolder("a/1"));

        store.OpenFromMemory(key).Should().BeNull();
    }

    [Fact]
    public void A_file_that_was_renamed_is_not_found_under_its_old_name()
    {
        var key = Stored("a/1", "hello");
        Read(key).Should().Be("hello");
        AwaitNextTick("a/1");

        File.Move(InFolder("a/1"), InFolder("a/2"));

        store.OpenFromMemory(key).Should().BeNull();
    }

    [Fact]
    public void A_file_that_replaced_another_is_read_at_once()
    {
        var key = Stored("a/1", "hello");
        Stored("a/new", "world");
        Read(key).Should().Be("hello");

        File.Move(InFolder("a/new"), InFolder("a/1"), overwrite: true);

        Read(key).Should().Be("world");
    }

    [Fact]
    public void A_file_that_was_written_to_is_read_as_long_as_it_is_now()
    {
        var key = Stored("a/1", "hello");
        Read(key).Should().Be("hello");

        File.AppendAllText(InFolder("a/1"), " world");

        Read(key).Should().Be("hello world");
    }

    [Fact]
    public void Where_a_link_was_turned_elsewhere_the_other_file_is_read_at_once()
    {
        Stored("a/1", "hello");
        Stored("a/2", "world");
        File.CreateSymbolicLink(InFolder("a/link"), "1");
        BlobKey.TryParse("a/link", out var key).Should().BeTrue();
        Read(key).Should().Be("hello");

        File.Delete(InFolder("a/link"));
        File.CreateSymbolicLink(InFolder("a/link"), "2");

        Read(key).Should().Be("world");
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    private string InFolder(string relative) => Path.Combine(folder.Path, relative);

    private BlobKey Stored(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(InFolder(path))!);
        File.WriteAllText(InFolder(path), text);
        return Key(path);
    }

    /// <summary>As a download does: what memory can't tell, the disk is asked for.</summary>
    private string Read(BlobKey key)
    {
        using var blob = store.OpenFromMemory(key) ?? store.Open(key)!;
        return Content(blob);
    }

    /// <summary>Until the file system's clock, which is coarse, shows another time than the file does.</summary>
    private void AwaitNextTick(string path)
    {
        do
        {
            File.WriteAllText(InFolder("probe"), "");
        }
        while (File.GetLastWriteTimeUtc(InFolder("probe")) <= File.GetLastWriteTimeUtc(InFolder(path)));
    }

    private static string Content(Blob blob)
    {
        var bytes = new byte[blob.Length];
        var count = RandomAccess.Read(blob.Handle, bytes, 0);
        return Encoding.UTF8.GetString(bytes, 0, count);
    }

    private static BlobKey Key(string path) =>
        BlobKey.TryParse(path, out var key) ? key : throw new ArgumentException("No key.", nameof(path));
}
