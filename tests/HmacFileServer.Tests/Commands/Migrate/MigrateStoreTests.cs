using System.Security.Cryptography;
using System.Text;

namespace HmacFileServer.Tests.Commands.Migrate;

/// <summary>The built program takes over a store of another server, and then serves it.</summary>
public sealed class MigrateStoreTests : IDisposable
{
    private readonly OldStoreFolder folder = new();

    [Fact]
    public async Task The_files_of_share_php_are_found_by_who_has_the_link()
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("0c5a/très cool.bin")));
        folder.Lay($"store-{hash}", "theirs");
        folder.Lay($"store-{hash}-type", "audio/ogg");

        var (migrated, answers) = await folder.MigrateAsync(
            "share-php", "/0c5a/tr%C3%A8s%20cool.bin", "/0c5a/other.bin");

        migrated.Output.Should().StartWith("Linked 1 files, copied 0");
        answers.Should().Equal("200 audio/ogg theirs", "404  ");
    }

    [Fact]
    public async Task A_file_of_share_php_that_is_deleted_is_gone()
    {
        folder.Lay($"store-{Convert.ToHexStringLower(SHA256.HashData("0c5a/cat.jpg"u8))}", "theirs");
        folder.Configure();
        await folder.MigrateStoreAsync("share-php");

        var (deleted, answers) = await folder.MigrateAsync(
            () => folder.RunAsync("files", "delete", "https://upload.example.org/0c5a/cat.jpg", "--yes"),
            "/0c5a/cat.jpg");

        deleted.Output.Should().Be("Deleted 0c5a/cat.jpg.\n");
        answers.Should().Equal("410  ");
    }

    [Fact]
    public async Task A_second_run_does_not_bring_back_what_was_deleted_since()
    {
        folder.Lay("0c5a/kept.txt", "1");
        folder.Lay("0c5a/deleted.txt", "2");
        folder.Configure();
        await folder.MigrateStoreAsync("ejabberd");
        await folder.RunAsync("files", "delete", "0c5a/deleted.txt", "--yes");

        var (again, answers) = await folder.MigrateAsync("ejabberd", "/0c5a/kept.txt", "/0c5a/deleted.txt");

        again.ExitCode.Should().Be(0, again.Errors);
        again.Output.Should().Be(
            "Linked 0 files, copied 0; 1 were there already. Restart the server.\n"
            + "1 were left out: they were deleted here, or have expired.\n");
        answers.Should().Equal("200 text/plain 1", "410  ");
    }

    [Fact]
    public async Task The_files_of_xmpp_http_upload_keep_their_types()
    {
        folder.Lay("0c5a/one.bin.data", "1");
        folder.Lay("0c5a/one.bin.meta", """{"headers": {"Content-Type": "image/webp"}}""");
        folder.Lay("0c5a/two.png.data", "22");
        folder.Lay("0c5a/three.png.data", "333");
        folder.Lay("0c5a/three.png.meta", "broken {");
        folder.Lay("0c5a/four.png.data", "4444");
        folder.Lay("0c5a/four.png.meta", """{"headers": {"Content-Type": "image/png, text/html"}}""");

        var (_, answers) = await folder.MigrateAsync(
            "xmpp-http-upload", "/0c5a/one.bin", "/0c5a/two.png", "/0c5a/three.png", "/0c5a/four.png",
            "/0c5a/one.bin.meta");

        answers.Should().Equal(
            "200 image/webp 1", "200 image/png 22", "200 image/png 333", "200 application/octet-stream 4444", "404  ");
    }

    [Fact]
    public async Task The_files_of_ejabberd_keep_their_paths_and_times()
    {
        var user = new string('a', 40);
        folder.Lay($"{user}/Xy9/cat.jpg", "theirs");

        var (_, answers) = await folder.MigrateAsync("ejabberd", $"/{user}/Xy9/cat.jpg");

        answers.Should().Equal("200 image/jpeg theirs");
        File.GetLastWriteTimeUtc(folder.File($"store/{user}/Xy9/cat.jpg")).Should().Be(OldStoreFolder.Past);
        (await File.ReadAllTextAsync(folder.File($"old/{user}/Xy9/cat.jpg")))
            .Should().Be("theirs", "the old server may come back");
    }

    [Fact]
    public async Task A_rehearsal_does_nothing_and_a_second_run_finds_all_in_place()
    {
        folder.Lay("u/r/a.txt", "a");
        folder.Lay("u/r/b.txt", "b");
        folder.Configure();

        var rehearsed = await folder.MigrateStoreAsync("ejabberd", "--dry-run");
        Directory.Exists(folder.File("store")).Should().BeFalse();
        var first = await folder.MigrateStoreAsync("ejabberd");
        var second = await folder.MigrateStoreAsync("ejabberd");

        rehearsed.Output.Should().Be("Would take over 2 files; 0 are there already. Nothing was done.\n");
        first.Output.Should().StartWith("Linked 2 files, copied 0; 0 were there already.");
        second.Output.Should().StartWith("Linked 0 files, copied 0; 2 were there already.");
    }

    [Fact]
    public async Task The_audit_log_says_who_took_over_how_many_files_and_nothing_of_a_rehearsal()
    {
        folder.Lay("u/r/a.txt", "a");
        folder.Configure();
        await File.AppendAllTextAsync(folder.File("config.toml"), "\n[logging]\naudit_file = 'audit.jsonl'\n");

        await folder.MigrateStoreAsync("ejabberd", "--dry-run");
        await folder.MigrateStoreAsync("ejabberd");

        (await File.ReadAllLinesAsync(folder.File("audit.jsonl"))).Should().ContainSingle().Which.Should()
            .Contain("\"event\":\"taken-over\"").And.Contain("\"files\":1").And.Contain("ejabberd")
            .And.Contain("\"by\":\"operator\"");
    }

    [Fact]
    public async Task A_file_that_is_in_the_way_stays_and_is_told()
    {
        folder.Lay("u/r/a.txt", "theirs");
        folder.Lay("u/r/b.txt", "theirs");
        folder.Configure();
        Directory.CreateDirectory(folder.File("store/u/r"));
        await File.WriteAllTextAsync(folder.File("store/u/r/a.txt"), "mine!!");

        var run = await folder.MigrateStoreAsync("ejabberd");

        run.ExitCode.Should().Be(69);
        run.Errors.Should().Contain("u/r/a.txt: another file has its name in the store, and stays");
        (await File.ReadAllTextAsync(folder.File("store/u/r/a.txt"))).Should().Be("mine!!");
        (await File.ReadAllTextAsync(folder.File("store/u/r/b.txt"))).Should().Be("theirs");
    }

    public void Dispose() => folder.Dispose();
}
