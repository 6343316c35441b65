using HmacFileServer.Tests.Settings.Legacy;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Downloads;

/// <summary>The store and the configuration of an old server, as they were left.</summary>
public sealed class FormerServerTests
{
    private const string Old = "unixsocket = false"; // hmac-file-server's file is known by it

    [Theory]
    [InlineData("cat.jpg", "image/jpeg")]
    [InlineData("voice.opus", "audio/ogg")]
    [InlineData("film.mp4", "video/mp4")]
    [InlineData("paper.pdf", "application/pdf")]
    [InlineData("noextension", "application/octet-stream")]
    public async Task A_file_of_before_is_served_byte_for_byte_with_the_type_of_its_name(string name, string type)
    {
        var content = new byte[100_000];
        new Random(7).NextBytes(content);
        await using var server = await TestServer.StartAsync(
            server: Old, prepare: folder => Lay(folder, $"user/0c5a/{name}", content));

        var get = await server.GetAsync($"/user/0c5a/{name}");

        (get.Status, get["Content-Type"]).Should().Be((200, type));
        get.Body.Should().Equal(content);
    }

    [Fact]
    public async Task The_download_links_of_before_keep_answering()
    {
        await using var server = await TestServer.StartAsync(server: Old, prepare: folder =>
        {
            Lay(folder, "user/0c5a/cat.jpg", "theirs"u8.ToArray());
            Lay(folder, "download/0c5a/dog.jpg", "a folder of this name"u8.ToArray());
        });

        (await server.GetAsync("/download/user/0c5a/cat.jpg")).Text.Should().Be("theirs");
        (await server.SendAsync("HEAD /download/user/0c5a/cat.jpg HTTP/1.1"))["Content-Length"].Should().Be("6");
        (await server.GetAsync("/download/0c5a/dog.jpg")).Text.Should().Be("a folder of this name");
        (await server.GetAsync("/download/user/0c5a/none.jpg")).Status.Should().Be(404);
        (await server.GetAsync("/download/.metadata/files.db")).Status.Should().Be(404);
    }

    [Fact]
    public async Task Without_being_told_there_is_no_other_prefix()
    {
        await using var server = await TestServer.StartAsync(
            prepare: folder => Lay(folder, "u/cat.jpg", "theirs"u8.ToArray()));

        (await server.GetAsync("/download/u/cat.jpg")).Status.Should().Be(404);
    }

    [Fact]
    public async Task A_prefix_of_before_beside_a_base_path()
    {
        await using var server = await TestServer.StartAsync(
            server: "base_path = '/upload/'",
            more: "[downloads]\nalso_below = ['/file_share/']\n",
            prepare: folder => Lay(folder, "slot/cat.jpg", "theirs"u8.ToArray()));

        (await server.GetAsync("/upload/slot/cat.jpg")).Text.Should().Be("theirs");
        (await server.GetAsync("/file_share/slot/cat.jpg")).Text.Should().Be("theirs");
        (await server.GetAsync("/slot/cat.jpg")).Status.Should().Be(404);
        (await server.PutAsync(SignedUrls.V("file_share/slot/new.jpg", 1), "x"u8.ToArray()))
            .Status.Should().BeOneOf([403, 404], "it is for reading");
    }

    [Theory]
    [InlineData("/meta/files.db")]
    [InlineData("/meta/files.db-wal")]
    [InlineData("/download/meta/files.db")]
    [InlineData("/dedup/ab/cdef")]
    [InlineData("/.metadata/files.db")]
    [InlineData("/.upload_sessions/1.json")]
    public async Task What_the_old_server_kept_beside_the_files_is_not_served(string target)
    {
        await using var server = await TestServer.StartAsync(
            server: Old + "\n[metadata]\ndb_path = '{folder}/store/meta/files.db'\n[deduplication]\n"
                + "directory = '{folder}/store/dedup'",
            prepare: folder =>
            {
                string[] beside =
                [
                    "meta/files.db", "meta/files.db-wal", "dedup/ab/cdef", ".metadata/files.db",
                    ".upload_sessions/1.json",
                ];
                foreach (var path in beside.Append("dedupe/fine"))
                {
                    Lay(folder, path, "private"u8.ToArray());
                }
            });

        (await server.GetAsync(target)).Status.Should().Be(404);
        (await server.GetAsync("/dedupe/fine")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Nothing_is_deleted_on_the_first_day_and_the_log_tells_what_would_be()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(
            server: Old + "\nfilettl = '1d'\nfilettlenabled = true",
            clock: clock,
            prepare: folder =>
                Lay(folder, "u/old.jpg", "theirs"u8.ToArray(), clock.GetUtcNow().UtcDateTime.AddDays(-400)));
        var sweeper = server.Service<HmacFileServer.Retention.Sweeper>();
        await HmacFileServer.Ledger.Repair.Rebuild.RunAsync(
            server.Service<HmacFileServer.Ledger.ILedger>(),
            server.Service<HmacFileServer.Storage.DiskBlobStore>(), clock);

        await sweeper.SweepAsync(CancellationToken.None);
        clock.Advance(TimeSpan.FromDays(30));
        await sweeper.SweepAsync(CancellationToken.None);

        (await server.GetAsync("/u/old.jpg")).Text.Should().Be("theirs", "a month later too, for nobody confirmed it");
        server.Log.Lines.Should().Contain(line => line.Text.Contains("Would delete 1 files", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_old_server_finds_our_files_where_it_expects_them()
    {
        await using var server = await TestServer.StartAsync(server: Old);

        (await server.PutAsync(SignedUrls.V("user/0c5a/new.jpg", 5), "hello"u8.ToArray())).Status.Should().Be(201);

        (await File.ReadAllBytesAsync(Path.Combine(server.StorePath, "user/0c5a/new.jpg")))
            .Should().Equal("hello"u8.ToArray());
        File.GetUnixFileMode(Path.Combine(server.StorePath, "user/0c5a/new.jpg"))
            .Should().HaveFlag(UnixFileMode.UserRead);
    }

    [Fact]
    public async Task The_file_of_prosody_filer_starts_the_server_and_says_what_it_means()
    {
        using var folder = new TempFolder();
        Lay(folder, "0c5a/cat.jpg", "theirs"u8.ToArray());
        var socket = folder.File("s");
        await File.WriteAllTextAsync(folder.File("old.toml"), OldConfigurations.ProsodyFiler
            .Replace("[::]:5050", socket, StringComparison.Ordinal)
            .Replace("\"warn\"", "\"info\"", StringComparison.Ordinal)
            .Replace("/srv/old/uploads", folder.File("store"), StringComparison.Ordinal) + "\nunixSocket = true\n");

        var run = await BuiltProgram.ServeAsync(folder.Path, ["serve", "-c", "old.toml"], async () =>
        {
            using var http = UnixHttp.Client(socket);
            (await http.GetStringAsync(new Uri("http://store/upload/0c5a/cat.jpg"))).Should().Be("theirs");
        });

        run.ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task A_start_tells_in_one_block_what_has_no_effect_and_check_tells_every_key()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("old.toml"), OldConfigurations.Full
            .Replace("\"8080\"", "\"0\"", StringComparison.Ordinal)
            .Replace("\"9090\"", "\"0\"", StringComparison.Ordinal)
            .Replace("/srv/old/uploads", folder.File("store"), StringComparison.Ordinal)
            .Replace("/var/log/hmac-file-server", folder.Path, StringComparison.Ordinal));

        var run = await BuiltProgram.ServeAsync(folder.Path, ["-c", "old.toml"], () => Task.CompletedTask);
        var check = await BuiltProgram.RunAsync(folder.Path, ["check", "-c", "old.toml"]);

        run.Output.Should().Contain("old.toml is a configuration of hmac-file-server")
            .And.MatchRegex(
                "no effect .*workers.numworkers \\(line \\d+\\), workers.uploadqueuesize .*: the server sees to it");
        System.Text.RegularExpressions.Regex.Count(run.Output, "is a configuration of").Should().Be(1);
        check.Output.Should().MatchRegex("used      security.secret \\(line \\d+\\)\n")
            .And.MatchRegex("changed   server.bind_ip \\(line \\d+\\) -> server.listen_address")
            .And.MatchRegex("obsolete  redis.redisaddr \\(line \\d+\\): nothing is kept in Redis");
    }

    private static void Lay(TempFolder folder, string key, byte[] content, DateTime? modified = null)
    {
        var path = folder.File($"store/{key}");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        if (modified is { } time)
        {
            File.SetLastWriteTimeUtc(path, time);
        }
    }
}
