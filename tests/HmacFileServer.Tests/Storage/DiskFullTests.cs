using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Storage;

public sealed class DiskFullTests
{
    private const int Megabyte = 1 << 20;

    [MountedFact]
    public async Task A_full_disk_refuses_uploads_serves_files_and_works_again_when_there_is_space()
    {
        SmallDisk? disk = null;
        await using var server = await TestServer.StartAsync(
            prepare: folder => disk = SmallDisk.InMemory(folder.File("store"), "size=8m"));
        using var unmounted = disk;
        (await server.PutAsync(SignedUrls.V("a/1", 5 * Megabyte), new byte[5 * Megabyte])).Status.Should().Be(201);

        var full = await server.PutAsync(SignedUrls.V("a/2", 5 * Megabyte), new byte[5 * Megabyte]);

        (full.Status, full["X-Refusal"]).Should().Be((507, "storage-full"));
        server.ExpectLeft("a/1");
        (await server.GetAsync("/a/1", "Range: bytes=-9")).Status.Should().Be(206);
        (await server.PutAsync(SignedUrls.V("a/1", 5 * Megabyte), new byte[5 * Megabyte]))
            .Status.Should().Be(201, "it is there already");
        File.Delete(Path.Combine(server.StorePath, "a/1"));
        (await server.PutAsync(SignedUrls.V("a/2", 5 * Megabyte), new byte[5 * Megabyte])).Status.Should().Be(201);
        server.ExpectLeft("a/2");
    }

    [MountedFact]
    public async Task Space_that_a_running_upload_was_promised_is_not_promised_twice()
    {
        SmallDisk? disk = null;
        await using var server = await TestServer.StartAsync(
            prepare: folder => disk = SmallDisk.InMemory(folder.File("store"), "size=8m"));
        using var unmounted = disk;
        await using var first = await server.ConnectAsync();
        await first.SendAsync(
            $"PUT {SignedUrls.V("a/1", 5 * Megabyte)} HTTP/1.1", "Host: h", $"Content-Length: {5 * Megabyte}",
            "Expect: 100-continue");
        (await first.ReadAsync()).Status.Should().Be(100);

        var second = await server.PutAsync(SignedUrls.V("a/2", 5 * Megabyte), new byte[5 * Megabyte]);
        first.Reset();
        await server.Log.EventAsync(103);
        var again = await server.PutAsync(SignedUrls.V("a/2", 5 * Megabyte), new byte[5 * Megabyte]);

        second.Status.Should().Be(507);
        again.Status.Should().Be(201);
        server.ExpectLeft("a/2");
    }

    [MountedFact]
    public async Task A_disk_without_room_for_another_name_is_full_too()
    {
        SmallDisk? disk = null;
        await using var server = await TestServer.StartAsync(
            prepare: folder => disk = SmallDisk.InMemory(folder.File("store"), "size=8m,nr_inodes=10"));
        using var unmounted = disk;

        var answers = new List<RawResponse>();
        for (var i = 0; i < 12; i++)
        {
            answers.Add(await server.PutAsync(SignedUrls.V($"a/{i}", 5), "hello"u8.ToArray()));
        }

        var stored = answers.TakeWhile(answer => answer.Status == 201).Count();
        stored.Should().BeInRange(1, 7);
        answers.Skip(stored)
            .Should().OnlyContain(answer => answer.Status == 507 && answer["X-Refusal"] == "storage-full");
        server.ExpectLeft([.. Enumerable.Range(0, stored).Select(i => $"a/{i}")]);
        (await server.GetAsync("/a/0")).Text.Should().Be("hello");
    }

    [MountedFact]
    public async Task What_must_stay_free_counts_against_an_upload_of_any_size()
    {
        SmallDisk? disk = null;
        await using var server = await TestServer.StartAsync(
            "min_free_bytes = \"4MB\"", prepare: folder => disk = SmallDisk.InMemory(folder.File("store"), "size=8m"));
        using var unmounted = disk;

        (await server.PutAsync(SignedUrls.V("a/1", 3 * Megabyte), new byte[3 * Megabyte])).Status.Should().Be(201);
        (await server.PutAsync(SignedUrls.V("a/2", 3 * Megabyte), new byte[3 * Megabyte])).Status.Should().Be(507);
        (await server.PutAsync(SignedUrls.V("a/3", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        server.ExpectLeft("a/1", "a/3");
    }

    [MountedFact(NeedsLoop = true)]
    public async Task A_disk_that_fills_up_under_an_upload_ends_it_and_leaves_nothing()
    {
        SmallDisk? disk = null;
        await using var server = await TestServer.StartAsync(prepare: folder =>
            disk = SmallDisk.WithoutReservation(folder.File("store"), folder.File("image"), megabytes: 10));
        using var unmounted = disk;
        Directory.Delete(Path.Combine(server.StorePath, "lost+found"));
        await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray());
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT {SignedUrls.V("a/2", 6 * Megabyte)} HTTP/1.1", "Host: h", $"Content-Length: {6 * Megabyte}",
            "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);
        server.PromisedBytes.Should().Be(6 * Megabyte, "nothing could be reserved on the disk");

        var filler = Path.Combine(server.StorePath, "filler");
        await File.WriteAllBytesAsync(filler, new byte[7 * Megabyte]);
        var sending = wire.SendWhilePossibleAsync(new byte[6 * Megabyte]);
        var full = await wire.ReadAsync();
        await sending;

        (full.Status, full["X-Refusal"]).Should().Be((507, "storage-full"));
        server.ExpectLeft("a/1", "filler");
        (await server.GetAsync("/a/1")).Text.Should().Be("hello");
        File.Delete(filler);
        (await server.PutAsync(SignedUrls.V("a/2", 6 * Megabyte), new byte[6 * Megabyte])).Status.Should().Be(201);
        server.ExpectLeft("a/1", "a/2");
    }
}
