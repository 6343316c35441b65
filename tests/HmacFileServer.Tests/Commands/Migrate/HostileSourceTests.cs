using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands.Migrate;

/// <summary>Whoever has the old store puts more into it than files.</summary>
public sealed class HostileSourceTests : IDisposable
{
    private readonly OldStoreFolder folder = new();

    public HostileSourceTests()
    {
        File.WriteAllText(folder.File("precious"), "precious");
        folder.Lay("other", "fine");
        folder.Configure();
    }

    [Theory]
    [InlineData("migrate")]
    [InlineData("rehearse")]
    public async Task A_symbolic_link_or_a_pipe_in_an_old_store_is_told_and_left_out(string how)
    {
        var (link, pipe, whole) = (Name("a/link"), Name("a/pipe"), Name("a/whole"));
        folder.Lay(whole, "theirs");
        folder.Lay(whole + "-type", "audio/ogg");
        File.CreateSymbolicLink(folder.File($"old/{link}"), folder.File("precious"));
        SmallDisk.Run("mkfifo", folder.File($"old/{pipe}")).Should().BeTrue();

        var run = await folder.MigrateStoreAsync("share-php", how == "rehearse" ? ["--dry-run"] : []);

        run.ExitCode.Should().Be(69);
        run.Errors.Should().Contain("2 files can't be taken over").And.Contain($"{link}: is a symbolic link")
            .And.Contain($"{pipe}: is a symbolic link, or no plain file");
        run.Output.Should().MatchRegex("^(Linked 1 files, copied 0|Would take over 1 files)");
        Taken().Should().NotContain("precious");
    }

    [Fact]
    public async Task What_a_link_leads_to_gets_no_attributes()
    {
        var link = Name("a/link");
        folder.Lay(link + "-type", "audio/ogg");
        File.CreateSymbolicLink(folder.File($"old/{link}"), folder.File("precious"));

        await folder.MigrateStoreAsync("share-php");

        (await Tool.RunAsync("python3", ["-c", $"import os; print(os.listxattr('{folder.File("precious")}'))"]))
            .Said.Should().Be("[]\n");
    }

    [Fact]
    public async Task Types_are_not_read_through_a_link_nor_from_a_pipe()
    {
        folder.Lay("u/one.bin.data", "1");
        folder.Lay("u/two.bin.data", "2");
        await File.WriteAllTextAsync(folder.File("elsewhere"), """{"headers": {"Content-Type": "image/webp"}}""");
        File.CreateSymbolicLink(folder.File("old/u/one.bin.meta"), folder.File("elsewhere"));
        SmallDisk.Run("mkfifo", folder.File("old/u/two.bin.meta")).Should().BeTrue();

        var (_, answers) = await folder.MigrateAsync("xmpp-http-upload", "/u/one.bin", "/u/two.bin");

        answers.Should().Equal("200 application/octet-stream 1", "200 application/octet-stream 2");
    }

    [Fact]
    public async Task Prosodys_list_and_files_are_not_read_through_links()
    {
        var list = """
            item({ ["key"] = "slot1"; ["with"] = "a@b"; ["attr"] = { ["filename"] = "a.txt"; ["size"] = "8" } });

            """;
        folder.Lay("http_file_share/slot2.bin", "x");
        folder.Lay("uploads.list", list);
        File.CreateSymbolicLink(folder.File("old/http_file_share/slot1.bin"), folder.File("precious"));

        var file = await folder.MigrateStoreAsync("prosody");
        File.Delete(folder.File("old/uploads.list"));
        File.CreateSymbolicLink(folder.File("old/uploads.list"), folder.File("precious"));
        var archive = await folder.MigrateStoreAsync("prosody");

        file.Errors.Should().Contain("slot1.bin: is a symbolic link");
        archive.Errors.Should().Contain("uploads.list is a symbolic link");
        (file.ExitCode, archive.ExitCode).Should().Be((69, 69));
        Taken().Should().NotContain("precious");
    }

    [Fact]
    public async Task The_folder_itself_may_be_reached_through_a_link()
    {
        Directory.CreateSymbolicLink(folder.File("link"), folder.File("old"));

        var run = await folder.RunAsync("migrate", "store", "--from", "ejabberd", folder.File("link"));

        run.Output.Should().StartWith("Linked 1 files, copied 0");
    }

    public void Dispose() => folder.Dispose();

    private static string Name(string key) =>
        $"store-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";

    private IEnumerable<string> Taken() => Directory.Exists(folder.File("store"))
        ? Directory.EnumerateFiles(folder.File("store"), "*", SearchOption.AllDirectories)
            .Where(path => !Path.GetFileName(path).StartsWith("ledger.db", StringComparison.Ordinal))
            .Select(File.ReadAllText)
        : [];
}
