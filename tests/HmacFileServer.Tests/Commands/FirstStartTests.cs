using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands;

public sealed class FirstStartTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Fact]
    public async Task Without_any_configuration_it_starts_with_a_secret_of_its_own_and_says_what_to_paste()
    {
        var port = FreePort.Take();

        var run = await BuiltProgram.ServeAsync(
            folder.Path, [], async () => (await GetAsync($"http://127.0.0.1:{port}/health")).Should().Be("ok\n"),
            Listen(port));

        run.ExitCode.Should().Be(0);
        var secret = (await File.ReadAllTextAsync(folder.File("data/secret"))).Trim();
        secret.Should().MatchRegex("^[0-9a-f]{64}$");
        File.GetUnixFileMode(folder.File("data/secret")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        run.Output.Should().Contain("Component \"upload.example.org\" \"http_upload_external\"")
            .And.Contain("external_secret: \"<the text in ")
            .And.Contain(folder.File("data/secret"))
            .And.NotContain(secret, "standard output is not a terminal here, and may be kept");
        Directory.Exists(folder.File("data/uploads")).Should().BeTrue();
    }

    [Fact]
    public async Task The_secret_of_the_first_start_stays()
    {
        var port = FreePort.Take();
        await BuiltProgram.ServeAsync(folder.Path, [], () => Task.CompletedTask, Listen(port));
        var secret = await File.ReadAllTextAsync(folder.File("data/secret"));

        await BuiltProgram.ServeAsync(folder.Path, [], () => Task.CompletedTask, Listen(port));

        (await File.ReadAllTextAsync(folder.File("data/secret"))).Should().Be(secret);
    }

    [Fact]
    public async Task With_a_secret_in_the_environment_none_is_made_and_that_one_is_named()
    {
        var port = FreePort.Take();

        var run = await BuiltProgram.ServeAsync(
            folder.Path, [], () => Task.CompletedTask, Listen(port),
            ("HFS_SECURITY__SECRET", "from the environment, long"));

        File.Exists(folder.File("data/secret")).Should().BeFalse();
        run.Output.Should().Contain("external_secret: \"<what HFS_SECURITY__SECRET holds>\"")
            .And.NotContain("from the environment");
    }

    public void Dispose() => folder.Dispose();

    private static (string Name, string Value) Listen(int port) => ("HFS_SERVER__LISTEN_ADDRESS", $"127.0.0.1:{port}");

    private static async Task<string> GetAsync(string url)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(url);
    }
}
