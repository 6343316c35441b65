using System.Diagnostics;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Downloads;

public sealed class StoreTests
{
    [Fact]
    public async Task Files_that_were_there_before_us_are_served_as_they_are()
    {
        await using var server = await TestServer.StartAsync(prepare: folder => Lay(folder, "user/0c5a/très cool.jpg"));

        var get = await server.GetAsync("/user/0c5a/tr%C3%A8s%20cool.jpg");

        (get.Status, get.Text, get["Content-Type"]).Should().Be((200, "theirs", "image/jpeg"));
        (await server.PutAsync(SignedUrls.V("user/0c5a/très cool.jpg", 5), "other"u8.ToArray()))
            .Status.Should().Be(409);
        (await server.PutAsync(SignedUrls.V("user/0c5a/très cool.jpg", 6), "theirs"u8.ToArray()))
            .Status.Should().Be(201);
    }

    [Theory]
    [InlineData("/.hfs/incoming/x")]
    [InlineData("/%2ehfs/incoming/x")]
    [InlineData("/.hfs")]
    [InlineData("/.metadata/files.db")]
    [InlineData("/a")]
    [InlineData("/a/")]
    [InlineData("/a/..")]
    [InlineData("/a/%2e%2e/a/b")]
    [InlineData("/a//b")]
    [InlineData("/a/b/")]
    [InlineData("/a/b/c")]
    [InlineData("/")]
    [InlineData("/nothing")]
    [InlineData("/a/%zz")]
    [InlineData("/../config.toml")]
    [InlineData("/..%2fconfig.toml")]
    public async Task What_is_no_file_of_a_key_is_not_here(string target)
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Lay(folder, ".hfs/incoming/x");
            Lay(folder, ".metadata/files.db");
            Lay(folder, "a/b");
        });

        var get = await server.GetAsync(target);

        (get.Status, get["Content-Length"]).Should().Be((404, "0"));
    }

    [Fact]
    public async Task What_an_operator_replaces_or_deletes_is_new_or_gone_though_it_was_read_a_moment_ago()
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Lay(folder, "a/b");
            File.WriteAllText(folder.File("store/a/new"), "ours");
        });
        var file = server.InFolder("store/a/b");
        var before = await server.GetAsync("/a/b");

        File.Move(server.InFolder("store/a/new"), file, overwrite: true);
        var replaced = await server.GetAsync("/a/b");
        File.Delete(file);
        var deleted = await server.GetAsync("/a/b");

        (before.Text, replaced.Text, deleted.Status).Should().Be(("theirs", "ours", 404));
        replaced["ETag"].Should().NotBe(before["ETag"]);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task An_upload_does_not_follow_a_link_out_of_the_store(string fsync)
    {
        await using var server = await TestServer.StartAsync($"fsync = {fsync}", prepare: folder =>
        {
            Directory.CreateDirectory(folder.File("elsewhere"));
            Directory.CreateSymbolicLink(folder.File("store/out"), folder.File("elsewhere"));
            File.CreateSymbolicLink(folder.File("store/dangling"), folder.File("elsewhere/new"));
        });

        var through = await server.PutAsync(SignedUrls.V("out/x", 5), "hello"u8.ToArray());
        var below = await server.PutAsync(SignedUrls.V("out/new/x", 5), "hello"u8.ToArray());
        var onto = await server.PutAsync(SignedUrls.V("dangling", 5), "hello"u8.ToArray());

        (through.Status, below.Status, onto.Status).Should().Be((409, 409, 409));
        Directory.EnumerateFileSystemEntries(Path.Combine(server.StorePath, "..", "elsewhere")).Should().BeEmpty();
        server.ExpectLeft("dangling");
    }

    [Fact]
    public async Task What_is_no_regular_file_is_not_served_and_hangs_nobody()
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            using var made = Process.Start("mkfifo", [folder.File("store/pipe")]);
            made.WaitForExit();
        });

        var get = await server.GetAsync("/pipe");
        var put = await server.PutAsync(SignedUrls.V("pipe", 5), "hello"u8.ToArray());

        get.Status.Should().Be(404);
        put.Status.Should().Be(409);
    }

    [Fact]
    public async Task Leftovers_of_a_killed_process_are_swept_at_start_and_nothing_else()
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Lay(folder, ".hfs/incoming/0123456789abcdef");
            Lay(folder, ".hfs/incoming/another");
            Lay(folder, ".hfs/other");
            Lay(folder, "a/b");
        });

        server.FilesLeft().Should().Equal(".hfs/other", "a/b");
        server.Log.Of(400).Should().Equal("Deleted what an earlier run left; unfinished uploads: 2");
    }

    [Fact]
    public async Task A_sweep_spares_what_another_process_still_writes()
    {
        FileStream? busy = null;
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Lay(folder, ".hfs/incoming/busy");
            busy = new FileStream(
                folder.File("store/.hfs/incoming/busy"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        });
        await busy!.DisposeAsync();

        server.FilesLeft().Should().Equal(".hfs/incoming/busy");
        server.Log.Of(401).Should().ContainSingle();
    }

    private static void Lay(TempFolder folder, string key)
    {
        var path = folder.File($"store/{key}");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "theirs");
    }
}
