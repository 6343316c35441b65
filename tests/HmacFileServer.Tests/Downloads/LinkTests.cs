using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Downloads;

/// <summary>Symbolic links below the storage path, put there by whoever could.</summary>
public sealed class LinkTests
{
    private static readonly string[] Leading = ["/a/inside", "/a/up", "/a/out", "/a/absolute", "/out/x"];

    private static readonly string[] Never =
    [
        "/a/loop", "/a/dangling", "/own/ledger.db", "/own/incoming/x", "/a/ledger", "/a/own/incoming/x",
        "/round/store/.hfs/ledger.db",
    ];

    [Fact]
    public async Task No_symbolic_link_in_the_store_is_followed()
    {
        await using var server = await TestServer.StartAsync(prepare: Lay);

        foreach (var target in Leading.Concat(Never))
        {
            (await server.GetAsync(target)).Status.Should().Be(404, "of {0}", target);
        }
    }

    [Fact]
    public async Task With_follow_links_they_are_read_wherever_they_lead_but_into_our_own_folder()
    {
        await using var server = await TestServer.StartAsync("follow_links = true", prepare: Lay);

        foreach (var target in Leading)
        {
            (await server.GetAsync(target)).Text.Should().Be("theirs", "of {0}", target);
        }

        foreach (var target in Never)
        {
            (await server.GetAsync(target)).Status.Should().Be(404, "of {0}", target);
        }
    }

    [Fact]
    public async Task Nothing_is_stored_through_a_link_even_with_follow_links()
    {
        await using var server = await TestServer.StartAsync("follow_links = true", prepare: Lay);

        foreach (var key in (string[])["out/new", "out/new/er", "a/dangling", "own/new"])
        {
            (await server.PutAsync(SignedUrls.V(key, 5), "hello"u8.ToArray())).Status.Should().Be(409, "of {0}", key);
        }

        Directory.EnumerateFiles(server.InFolder("elsewhere")).Should().ContainSingle();
    }

    [Fact]
    public async Task The_storage_path_itself_may_be_a_link()
    {
        await using var server = await TestServer.StartAsync(
            "storage_path = \"{folder}/link\"", prepare: folder =>
            {
                Lay(folder);
                Directory.CreateSymbolicLink(folder.File("link"), folder.File("store"));
            });

        (await server.GetAsync("/a/b")).Text.Should().Be("theirs");
        (await server.PutAsync(SignedUrls.V("new/file", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        (await server.GetAsync("/own/ledger.db")).Status.Should().Be(404);
    }

    private static void Lay(TempFolder folder)
    {
        foreach (var path in (string[])["store/a/b", "store/.hfs/incoming/x", "outside", "elsewhere/x"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(path))!);
            File.WriteAllText(folder.File(path), "theirs");
        }

        File.CreateSymbolicLink(folder.File("store/a/inside"), "b");
        File.CreateSymbolicLink(folder.File("store/a/up"), "../a/b");
        File.CreateSymbolicLink(folder.File("store/a/out"), "../../outside");
        File.CreateSymbolicLink(folder.File("store/a/absolute"), folder.File("outside"));
        File.CreateSymbolicLink(folder.File("store/a/loop"), "loop");
        File.CreateSymbolicLink(folder.File("store/a/dangling"), "nothing");
        File.CreateSymbolicLink(folder.File("store/a/ledger"), "../.hfs/ledger.db");
        Directory.CreateSymbolicLink(folder.File("store/a/own"), folder.File("store/.hfs"));
        Directory.CreateSymbolicLink(folder.File("store/own"), ".hfs");
        Directory.CreateSymbolicLink(folder.File("store/out"), folder.File("elsewhere"));
        Directory.CreateSymbolicLink(folder.File("store/round"), folder.Path);
    }
}
