using HmacFileServer.Storage;

namespace HmacFileServer.Tests.Storage;

/// <summary>When they are closed: not while anybody reads, and soon after.</summary>
public sealed partial class RecentBlobsTests
{
    [Fact]
    public void Who_still_reads_a_file_keeps_it_open_when_it_is_deleted_and_forgotten()
    {
        var key = Stored("a/1", "hello");
        using var reading = store.OpenFromMemory(key)!;

        store.Remove(key);
        var other = Stored("a/2", "world");
        using var another = store.OpenFromMemory(other)!;

        Content(reading).Should().Be("hello");
        Content(another).Should().Be("world");
    }

    [Fact]
    public void Who_lets_go_twice_does_not_close_the_file_of_another()
    {
        var key = Stored("a/1", "hello");
        var first = store.OpenFromMemory(key)!;
        using var second = store.OpenFromMemory(key)!;

        first.Dispose();
        first.Dispose();
        store.Recent.Close(key);

        Content(second).Should().Be("hello");
    }

    [Fact]
    public void What_nobody_asks_for_any_more_is_closed_within_two_seconds()
    {
        var key = Stored("a/1", "hello");
        Read(key);
        OpenBelow().Should().Be(1);

        clock.Advance(RecentBlobs.Longest);
        clock.Advance(RecentBlobs.Longest);

        OpenBelow().Should().Be(0);
        store.Recent.Count.Should().Be(0);
    }

    [Fact]
    public void A_file_that_we_delete_is_closed_at_once()
    {
        var key = Stored("a/1", "hello");
        Read(key);

        store.Remove(key);

        OpenBelow().Should().Be(0);
    }

    [Fact]
    public void No_more_than_so_many_are_held_open_and_no_large_one()
    {
        for (var i = 0; i < 2 * RecentBlobs.Most; i++)
        {
            Read(Stored($"a/{i}", "hello"));
        }

        Read(Stored("a/large", new string('x', (1 << 20) + 1)));

        OpenBelow().Should().Be(store.Recent.Count).And.BeLessThanOrEqualTo(RecentBlobs.Most);
        OpenBelow("a/large").Should().Be(0);
    }

    [Fact]
    public void Files_whose_names_fall_together_are_held_side_by_side_and_one_too_many_drives_out_the_oldest()
    {
        var (first, together) = (-1, new List<BlobKey>());
        for (var i = 0; together.Count <= RecentBlobs.Together; i++)
        {
            var key = Key($"a/{i:d6}");
            first = first < 0 ? RecentBlobs.SetOf(key) : first;
            if (RecentBlobs.SetOf(key) == first)
            {
                together.Add(Stored($"a/{i:d6}", $"this is {i}"));
            }
        }

        foreach (var key in together.SkipLast(1))
        {
            Read(key);
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        OpenBelow().Should().Be(RecentBlobs.Together);
        var oldest = together[0];
        OpenBelow(oldest.StoredPath).Should().Be(1);

        Read(together[^1]);

        OpenBelow().Should().Be(RecentBlobs.Together);
        OpenBelow(oldest.StoredPath).Should().Be(0);
    }

    [Fact]
    public void Who_opened_the_same_file_at_the_same_time_takes_no_second_place()
    {
        var key = Stored("a/1", "hello");
        foreach (var _ in new[] { "one", "another" })
        {
            var handle = File.OpenHandle(InFolder("a/1"));
            var file = new BlobFile(key, handle, Posix.Status(handle), BlobMetadata.ReadFrom(handle), key.StoredPath);
            store.Recent.Keep(file);
            file.LetGo();
        }

        store.Recent.Count.Should().Be(1);
        OpenBelow().Should().Be(1);
    }

    [Fact]
    public async Task Many_who_read_and_drive_each_other_out_read_what_they_asked_for_and_leave_nothing_open()
    {
        var keys = Enumerable.Range(0, 2 * RecentBlobs.Most).Select(i => Stored($"a/{i}", $"this is {i}")).ToArray();

        await Parallel.ForAsync(0, 20_000, (i, _) =>
        {
            var at = i * 7919 % keys.Length;
            Read(keys[at]).Should().Be($"this is {at}");
            return ValueTask.CompletedTask;
        });

        store.Recent.Dispose();
        OpenBelow().Should().Be(0);
    }

    /// <summary>Files below a path that this process has open.</summary>
    private int OpenBelow(string relative = "a/") => Directory.EnumerateFiles("/proc/self/fd")
        .Count(entry => TargetOf(entry).StartsWith(InFolder(relative), StringComparison.Ordinal));

    private static string TargetOf(string entry)
    {
        try
        {
            return File.ResolveLinkTarget(entry, returnFinalTarget: false)?.FullName ?? "";
        }
        catch (IOException)
        {
            return ""; // another test closed it meanwhile
        }
    }
}
