using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands.Migrate;

/// <summary>The built program takes over a store of another server, and then serves it.</summary>
public sealed class MigrateStoreTests : IDisposable
{
    private static readonly DateTime Past = new(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);

    private readonly TempFolder folder = new();

    [Fact]
    public async Task The_files_of_share_php_are_found_by_who_has_the_link()
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("0c5a/très cool.bin")));
        Lay($"store-{hash}", "theirs");
        Lay($"store-{hash}-type", "audio/ogg");

        var (migrated, answers) = await MigrateAsync("share-php", "/0c5a/tr%C3%A8s%20cool.bin", "/0c5a/other.bin");

        migrated.Output.Should().StartWith("Linked 1 files, copied 0");
        answers.Should().Equal("200 audio/ogg theirs", "404  ");
    }

    [Fact]
    public async Task The_files_of_xmpp_http_upload_keep_their_types()
    {
        Lay("0c5a/one.bin.data", "1");
        Lay("0c5a/one.bin.meta", """{"headers": {"Content-Type": "image/webp"}}""");
        Lay("0c5a/two.png.data", "22");
        Lay("0c5a/three.png.data", "333");
        Lay("0c5a/three.png.meta", "broken {");

        var (_, answers) = await MigrateAsync("xmpp-http-upload", "/0c5a/one.bin", "/0c5a/two.png", "/0c5a/three.png", "/0c5a/one.bin.meta");

        answers.Should().Equal("200 image/webp 1", "200 image/png 22", "200 image/png 333", "404  ");
    }

    [Fact]
    public async Task The_files_of_prosody_get_the_names_and_owners_of_its_archive()
    {
        Lay("http_file_share/Ab%2d%5fc.bin", "theirs");
        Lay("http_file_share/unknown.bin", "nobody's");
        Lay("uploads.list", ProsodyItem("Ab-_c", @"K\195\164t\""ze\0309.jpg", "image/jpeg") + ProsodyItem("never", "sent.jpg", "image/jpeg"));

        var (migrated, answers) = await MigrateAsync("prosody", "/Ab-_c/K%C3%A4t%22ze%1E9.jpg", "/Ab-_c/K%C3%A4t%22ze.jpg");

        migrated.Errors.Should().Contain("no URL can have this name", "a control character is in it");
        answers.Should().OnlyContain(answer => answer == "404  ");

        Lay("uploads.list", ProsodyItem("Ab-_c", @"K\195\164t\""ze.jpg", "image/jpeg") + ProsodyItem("never", "sent.jpg", "image/jpeg"));
        (migrated, answers) = await MigrateAsync("prosody", "/Ab-_c/K%C3%A4t%22ze.jpg");

        migrated.ExitCode.Should().Be(0, migrated.Errors);
        answers.Should().Equal("200 image/jpeg theirs");
        (await RunAsync("usage", "--owner", "alice@example.org")).Output.Should().StartWith("alice@example.org\t6 B\t1");
    }

    [Fact]
    public async Task The_files_of_ejabberd_keep_their_paths_and_times()
    {
        var user = new string('a', 40);
        Lay($"{user}/Xy9/cat.jpg", "theirs");

        var (_, answers) = await MigrateAsync("ejabberd", $"/{user}/Xy9/cat.jpg");

        answers.Should().Equal("200 image/jpeg theirs");
        File.GetLastWriteTimeUtc(folder.File($"store/{user}/Xy9/cat.jpg")).Should().Be(Past);
        (await File.ReadAllTextAsync(folder.File($"old/{user}/Xy9/cat.jpg"))).Should().Be("theirs", "the old server may come back");
    }

    [Fact]
    public async Task A_rehearsal_does_nothing_and_a_second_run_finds_all_in_place()
    {
        Lay("u/r/a.txt", "a");
        Lay("u/r/b.txt", "b");
        Configure();

        var rehearsed = await RunAsync("migrate", "store", "--from", "ejabberd", folder.File("old"), "--dry-run");
        Directory.Exists(folder.File("store")).Should().BeFalse();
        var first = await RunAsync("migrate", "store", "--from", "ejabberd", folder.File("old"));
        var second = await RunAsync("migrate", "store", "--from", "ejabberd", folder.File("old"));

        rehearsed.Output.Should().Be("Would take over 2 files; 0 are there already. Nothing was done.\n");
        first.Output.Should().StartWith("Linked 2 files, copied 0; 0 were there already.");
        second.Output.Should().StartWith("Linked 0 files, copied 0; 2 were there already.");
    }

    [Fact]
    public async Task A_file_that_is_in_the_way_stays_and_is_told()
    {
        Lay("u/r/a.txt", "theirs");
        Lay("u/r/b.txt", "theirs");
        Configure();
        Directory.CreateDirectory(folder.File("store/u/r"));
        await File.WriteAllTextAsync(folder.File("store/u/r/a.txt"), "mine!!");

        var run = await RunAsync("migrate", "store", "--from", "ejabberd", folder.File("old"));

        run.ExitCode.Should().Be(69);
        run.Errors.Should().Contain("u/r/a.txt: another file has its name in the store, and stays");
        (await File.ReadAllTextAsync(folder.File("store/u/r/a.txt"))).Should().Be("mine!!");
        (await File.ReadAllTextAsync(folder.File("store/u/r/b.txt"))).Should().Be("theirs");
    }

    [Fact]
    public async Task A_run_that_was_killed_is_taken_up_by_the_next()
    {
        const int Files = 3000;
        for (var i = 0; i < Files; i++)
        {
            Lay($"u/{i:D5}/f.txt", $"content {i}");
        }

        Configure();
        using (var killed = BuiltProgram.Start(folder.Path, ["migrate", "store", "--from", "ejabberd", folder.File("old"), "-c", "config.toml"]))
        {
            var patience = Stopwatch.StartNew();
            while (!File.Exists(folder.File("store/u/00700/f.txt")) && patience.Elapsed < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            }

            killed.Kill();
            await killed.WaitForExitAsync();
        }

        var before = Directory.GetFiles(folder.File("store/u"), "*", SearchOption.AllDirectories).Length;
        var run = await RunAsync("migrate", "store", "--from", "ejabberd", folder.File("old"));

        before.Should().BeInRange(700, Files - 1, "it was killed on its way");
        run.ExitCode.Should().Be(0, run.Errors);
        for (var i = 0; i < Files; i++)
        {
            (await File.ReadAllTextAsync(folder.File($"store/u/{i:D5}/f.txt"))).Should().Be($"content {i}");
        }

        (await RunAsync("usage")).Output.Should().Contain($"\t{Files}\t");
    }

    [Fact]
    public async Task What_is_no_list_of_prosody_is_told()
    {
        Lay("http_file_share/x.bin", "theirs");
        Lay("uploads.list", "os.execute('boom')");
        Configure();

        var run = await RunAsync("migrate", "store", "--from", "prosody", folder.File("old"));

        run.ExitCode.Should().Be(69);
        run.Errors.Should().EndWith("The list is not one that Prosody's internal storage writes.\n");
    }

    public void Dispose() => folder.Dispose();

    private static string ProsodyItem(string slot, string name, string type) =>
        $$"""
        item({
        	["attr"] = {
        		["content-type"] = "{{type}}";
        		["filename"] = "{{name}}";
        		["size"] = "6";
        	};
        	{
        		["name"] = "child";
        	};
        	["key"] = "{{slot}}";
        	["when"] = 1700000000;
        	["name"] = "request";
        	["with"] = "alice@example.org";
        });

        """;

    private void Lay(string path, string content)
    {
        var file = folder.File($"old/{path}");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        File.SetLastWriteTimeUtc(file, Past);
    }

    private void Configure() => File.WriteAllText(
        folder.File("config.toml"),
        $"[server]\nlisten_address = 'unix:{folder.File("s")}'\nstorage_path = 'store'\nmin_free_bytes = 0\n[security]\nsecret = '{SignedUrls.Secret}'\n");

    private Task<ProgramResult> RunAsync(params string[] arguments) =>
        BuiltProgram.RunAsync(folder.Path, [.. arguments, "-c", "config.toml"]);

    private async Task<(ProgramResult Migrated, string[] Answers)> MigrateAsync(string kind, params string[] targets)
    {
        Configure();
        var migrated = await RunAsync("migrate", "store", "--from", kind, folder.File("old"));
        var answers = new List<string>();
        await BuiltProgram.ServeAsync(folder.Path, ["-c", "config.toml"], async () =>
        {
            using var http = UnixHttp.Client(folder.File("s"));
            foreach (var target in targets)
            {
                using var response = await http.GetAsync(UnixHttp.Raw(target));
                var type = response.Content.Headers.ContentType;
                answers.Add($"{(int)response.StatusCode} {type} {await response.Content.ReadAsStringAsync()}");
            }
        });
        return (migrated, [.. answers]);
    }
}
