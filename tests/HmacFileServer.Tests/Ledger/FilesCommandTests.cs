using System.Text.Json;
using HmacFileServer.Ledger;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Ledger;

/// <summary>The verbs that look into a store, on the database of a server that runs.</summary>
public sealed class FilesCommandTests
{
    private readonly ManualClock clock = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task Files_are_listed_by_owner_size_and_age()
    {
        await using var server = await StartAsync();
        await server.UploadAsync("small", 5, clock);
        await server.UploadAsync("large", 2000, clock);
        await server.UploadAsync("other", 2000, clock, "bob@example.org");

        (await KeysAsync(server)).Should().Equal("small/f", "large/f", "other/f");
        (await KeysAsync(server, "--owner", "alice@example.org")).Should().Equal("small/f", "large/f");
        (await KeysAsync(server, "--owner", "alice@example.org", "--larger-than", "1KB")).Should().Equal("large/f");
        (await KeysAsync(server, "--older-than", "1h")).Should().BeEmpty();
        var lines = await RunAsync(server, "files", "list", "--larger-than", "1KB");
        lines.Output.Should().StartWith("large/f\t2 KB\talice@example.org\timage/jpeg\t");
        (await RunAsync(server, "files", "list", "--older-than", "soon")).ExitCode.Should().Be(64);
    }

    [Theory]
    [InlineData("a b/ü.jpg")]
    [InlineData("http://files.example/a%20b/%C3%BC.jpg")]
    [InlineData("https://files.example/a b/ü.jpg?v=0011")]
    [InlineData("/a%20b/%c3%bc.jpg")]
    public async Task A_file_is_shown_by_its_key_or_its_url(string target)
    {
        await using var server = await StartAsync();
        await server.PutAsync(SignedUrls.V("a b/ü.jpg", 5), "hello"u8.ToArray(), "Content-Type: image/jpeg");

        // what was just uploaded is confirmed: other processes see it a moment later
        server.Service<ILedger>().Find("-");
        var shown = await RunAsync(server, "files", "show", target, "--json");

        shown.ExitCode.Should().Be(0);
        var json = JsonDocument.Parse(shown.Output).RootElement;
        json.GetProperty("key").GetString().Should().Be("a b/ü.jpg");
        json.GetProperty("size").GetInt64().Should().Be(5);
        json.GetProperty("scheme").GetString().Should().Be("v");
    }

    [Theory]
    [InlineData("https://example.org/upload/a/1.jpg", "the proxy takes the prefix off")]
    [InlineData("https://example.org/download/a/1.jpg", "a link of the server before")]
    [InlineData("https://example.org/a/1.jpg", "as this server sees it")]
    public async Task A_url_names_its_file_in_every_shape_that_people_hold(string url, string because)
    {
        await using var server = await TestServer.StartAsync(
            server: "public_url = 'https://example.org/upload/'", more: "[downloads]\nalso_below = ['/download/']");
        await server.PutAsync(SignedUrls.V("a/1.jpg", 5), "hello"u8.ToArray());

        var deleted = await RunAsync(server, "files", "delete", url, "--yes");

        deleted.Output.Should().Be("Deleted a/1.jpg.\n", because);
        (await RunAsync(server, "files", "show", url)).Output.Should().StartWith("a/1.jpg: gone since ");
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_file_deleted_by_the_command_line_is_gone_for_the_running_server_at_once()
    {
        await using var server = await StartAsync();
        await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray());

        var unasked = await RunAsync(server, "files", "delete", "a/1");
        (await server.StatusOfAsync("/a/1")).Should().Be("200");
        var deleted = await RunAsync(server, "files", "delete", "a/1", "--yes");

        unasked.ExitCode.Should().Be(64);
        deleted.ExitCode.Should().Be(0);
        (await server.StatusOfAsync("/a/1")).Should().Be("410");
        (await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray()))["X-Refusal"].Should().Be("deleted");
        server.ExpectLeft();
        (await RunAsync(server, "files", "delete", "a/1", "--yes")).ExitCode.Should().Be(0);
        (await RunAsync(server, "files", "delete", "never/was", "--yes")).ExitCode.Should().Be(66);
        (await RunAsync(server, "files", "show", "a/1")).Output.Should().StartWith("a/1: gone since ");
    }

    [Fact]
    public async Task All_files_of_an_owner_are_deleted_and_nobody_else_s()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 5; i++)
        {
            await server.UploadAsync($"a{i}", 5, clock);
        }

        await server.UploadAsync("b", 5, clock, "bob@example.org");

        var run = await RunAsync(server, "files", "delete", "--owner", "alice@example.org", "--yes");

        run.Output.Should().Be("Deleted 5 files of alice@example.org, 25 B.\n");
        server.ExpectLeft("b/f");
    }

    [Fact]
    public async Task Every_copy_of_a_content_is_deleted_and_no_new_one_taken()
    {
        await using var server = await StartAsync("[ledger]\nhash = true");
        await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray());
        await server.PutAsync(SignedUrls.V("a/2", 5), "hello"u8.ToArray());
        await server.PutAsync(SignedUrls.V("a/3", 5), "world"u8.ToArray());
        var hash = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("hello"u8));
        server.Service<ILedger>().Find("a/3").Should().NotBeNull();

        (await RunAsync(server, "files", "block-hash", hash)).ExitCode.Should().Be(0);
        (await RunAsync(server, "files", "delete", "--sha256", hash, "--yes")).ExitCode.Should().Be(0);

        server.ExpectLeft("a/3");
        (await server.PutAsync(SignedUrls.V("a/4", 5), "hello"u8.ToArray()))["X-Refusal"]
            .Should().Be("blocked-content");
    }

    [Fact]
    public async Task Usage_is_told_by_owner_and_for_everybody()
    {
        await using var server = await StartAsync("[quotas]\nper_owner = \"1MB\"");
        await server.UploadAsync("a", 2048, clock);
        await server.UploadAsync("b", 5, clock, "bob@example.org");
        await server.PutAsync(SignedUrls.V("c/1", 5), "hello"u8.ToArray());

        var all = await RunAsync(server, "usage");
        var one = await RunAsync(server, "usage", "--owner", "bob@example.org", "--json");

        all.Output.Should().Be(
            "alice@example.org\t2 KB\t1\t1 MB\nbob@example.org\t5 B\t1\t1 MB\n(everybody)\t2 KB\t3\t\n");
        JsonDocument.Parse(one.Output).RootElement.GetProperty("owners")[0].GetProperty("bytes").GetInt64()
            .Should().Be(5);
    }

    [Fact]
    public async Task An_owner_s_files_are_exported_with_their_list()
    {
        await using var server = await StartAsync();
        await server.UploadAsync("a", 5, clock);
        await server.UploadAsync("b", 5, clock, "bob@example.org");
        using var folder = new TempFolder();
        server.Service<ILedger>().Find("a/f").Should().NotBeNull();

        var run = await RunAsync(server, "export", "--owner", "alice@example.org", "--to", folder.File("export"));

        run.ExitCode.Should().Be(0);
        Directory.EnumerateFiles(folder.File("export"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder.File("export"), path))
            .Should().BeEquivalentTo("files.json", "files/a/f");
        var list = JsonDocument.Parse(await File.ReadAllTextAsync(folder.File("export/files.json"))).RootElement;
        list.EnumerateArray().Single().GetProperty("owner").GetString().Should().Be("alice@example.org");
    }

    [Fact]
    public async Task A_ledger_is_rebuilt_from_the_files_beside_the_running_server()
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Directory.CreateDirectory(folder.File("store/old"));
            File.WriteAllText(folder.File("store/old/cat.jpg"), "meow");
        });

        var run = await RunAsync(server, "ledger", "rebuild");

        run.Output.Should().Be("Looked at 1 files and entered 1.\n");
        server.Service<ILedger>().UsageOf(null).Should().Be(new Usage(4, 1));
    }

    private Task<TestServer> StartAsync(string more = "") => TestServer.StartAsync(more: more, clock: clock);

    private static async Task<IEnumerable<string?>> KeysAsync(TestServer server, params string[] arguments)
    {
        // what was just uploaded is confirmed: other processes see it a moment later
        server.Service<ILedger>().Find("-");
        var run = await RunAsync(server, ["files", "list", "--json", .. arguments]);
        return JsonDocument.Parse(run.Output)
            .RootElement.EnumerateArray().Select(file => file.GetProperty("key").GetString());
    }

    private static Task<ProgramResult> RunAsync(TestServer server, params string[] arguments) =>
        BuiltProgram.RunAsync(
            server.StorePath, [.. arguments, "-c", Path.Combine(server.StorePath, "..", "config.toml")]);
}
