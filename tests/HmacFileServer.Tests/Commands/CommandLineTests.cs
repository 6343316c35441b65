using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands;

public sealed partial class CommandLineTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Fact]
    public async Task Without_any_configuration_it_starts_with_a_secret_of_its_own_and_says_what_to_paste()
    {
        var port = FreePort();

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
        var port = FreePort();
        await BuiltProgram.ServeAsync(folder.Path, [], () => Task.CompletedTask, Listen(port));
        var secret = await File.ReadAllTextAsync(folder.File("data/secret"));

        await BuiltProgram.ServeAsync(folder.Path, [], () => Task.CompletedTask, Listen(port));

        (await File.ReadAllTextAsync(folder.File("data/secret"))).Should().Be(secret);
    }

    [Theory]
    [InlineData("v")]
    [InlineData("v2")]
    [InlineData("token")]
    [InlineData("v3")]
    [InlineData("jwt")]
    public async Task What_sign_prints_uploads_and_downloads(string scheme)
    {
        var port = FreePort();
        var config = Write($"[server]\nlisten_address = '127.0.0.1:{port}'\nbase_path = '/up/'\n[security]\n"
            + "secret = 'a secret of the tests, long'\nrequire_signed_downloads = true\n");
        var signed = await BuiltProgram.RunAsync(
            folder.Path,
            ["sign", "grüße + 100%.txt", "--size", "5", "--type", "text/plain", "--scheme", scheme, "-c", config]);
        var put = PutLine().Match(signed.Output);
        var get = GetLine().Match(signed.Output);

        await BuiltProgram.ServeAsync(folder.Path, ["serve", "-c", config], async () =>
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Put, put.Groups["url"].Value)
            {
                Content = new StringContent("hello"),
            };
            request.Content.Headers.ContentType = new("text/plain");
            request.Headers.TryAddWithoutValidation(
                "Authorization", put.Groups["token"] is { Success: true } token ? token.Value : null);
            using var stored = await http.SendAsync(request);
            stored.StatusCode.Should().Be(HttpStatusCode.Created);
            (await http.GetStringAsync(get.Groups["url"].Value)).Should().Be("hello");
        });
    }

    [Fact]
    public async Task Check_tells_every_mistake_and_exits_78()
    {
        var config = Write("[server]\nmax_upload_size = 'much'\nbogus = 1\n");

        var run = await BuiltProgram.RunAsync(folder.Path, ["check", "-c", config]);

        run.ExitCode.Should().Be(78);
        run.Errors.Should().Contain(":2  server.max_upload_size").And.Contain(":3  server.bogus")
            .And.Contain("security.secret  is missing");
    }

    [Fact]
    public async Task Serve_tells_the_same_mistakes_and_exits_78()
    {
        var config = Write("[server]\nmax_upload_size = 'much'\nbogus = 1\n");

        var check = await BuiltProgram.RunAsync(folder.Path, ["check", "-c", config]);
        var serve = await BuiltProgram.RunAsync(folder.Path, ["serve", "-c", config]);

        serve.ExitCode.Should().Be(78);
        serve.Errors.Should().Be(check.Errors);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_told_in_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var config = Write(
            $"[server]\nlisten_address = '127.0.0.1:{port}'\n[security]\nsecret = 'a secret of the tests, long'\n");

        var run = await BuiltProgram.RunAsync(folder.Path, ["-c", config]);

        run.ExitCode.Should().Be(69);
        run.Errors.Should().Contain($"{port}").And.NotContain("   at ");
    }

    [Theory]
    [InlineData("192.0.2.1:18099")]
    [InlineData("unix:/nowhere/at/all/hfs.sock")]
    public async Task An_address_that_cannot_be_used_is_told_in_one_sentence(string address)
    {
        var config = Write(
            $"[server]\nlisten_address = '{address}'\n[security]\nsecret = 'a secret of the tests, long'\n");

        var run = await BuiltProgram.RunAsync(folder.Path, ["-c", config]);

        run.ExitCode.Should().Be(69);
        run.Errors.Should().StartWith("The server can't start: ").And.NotContain("   at ");
        run.Output.Should().NotContain("   at ");
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_is_told_at_the_start()
    {
        var config = Write("[server]\nlisten_address = '127.0.0.1:0'\nstorage_path = '/proc/none'\n[security]\n"
            + "secret = 'a secret of the tests, long'\n");

        var run = await BuiltProgram.RunAsync(folder.Path, ["-c", config]);

        run.ExitCode.Should().Be(69);
        run.Errors.Should().StartWith("The server can't start: ").And.NotContain("   at ");
    }

    [Fact]
    public async Task With_a_secret_in_the_environment_none_is_made_and_that_one_is_named()
    {
        var port = FreePort();

        var run = await BuiltProgram.ServeAsync(
            folder.Path, [], () => Task.CompletedTask, Listen(port),
            ("HFS_SECURITY__SECRET", "from the environment, long"));

        File.Exists(folder.File("data/secret")).Should().BeFalse();
        run.Output.Should().Contain("external_secret: \"<what HFS_SECURITY__SECRET holds>\"")
            .And.NotContain("from the environment");
    }

    [Fact]
    public async Task A_stop_lets_a_running_upload_end_however_long_it_takes()
    {
        var port = FreePort();
        var config = Write(
            $"[server]\nlisten_address = '127.0.0.1:{port}'\n[security]\nsecret = '{SignedUrls.Secret}'\n");
        RawResponse? answer = null;
        Task? ending = null;

        var run = await BuiltProgram.ServeAsync(folder.Path, ["-c", config], async () =>
        {
            var wire = await RawConnection.OpenAsync(new IPEndPoint(IPAddress.Loopback, port));
            await wire.SendAsync(
                $"PUT {SignedUrls.V("a/b", 8)} HTTP/1.1", "Host: h", "Content-Length: 8", "Expect: 100-continue");
            (await wire.ReadAsync()).Status.Should().Be(100);
            ending = Task.Run(async () =>
            {
                // Longer than the two seconds after which a program is usually killed.
                for (var part = 0; part < 8; part++)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
                    await wire.SendAsync("x"u8.ToArray());
                }

                answer = await wire.ReadAsync();
                await wire.DisposeAsync();
            });
        });

        await ending!;
        answer!.Status.Should().Be(201);
        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain("every upload had ended");
        Directory.EnumerateFiles(folder.File("data/uploads/.hfs/incoming")).Should().BeEmpty();
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("sign", "name")]
    [InlineData("sign", "name", "--size", "many")]
    [InlineData("sign", "../name", "--size", "1")]
    public async Task A_wrong_command_line_exits_64(params string[] arguments)
    {
        var config = Write("[security]\nsecret = 'a secret of the tests, long'\n");

        (await BuiltProgram.RunAsync(folder.Path, [.. arguments, "-c", config])).ExitCode.Should().Be(64);
    }

    [Fact]
    public async Task A_short_secret_starts_with_a_warning()
    {
        var port = FreePort();
        var config = Write($"[server]\nlisten_address = '127.0.0.1:{port}'\n[security]\nsecret = 'twelve bytes'\n");

        var run = await BuiltProgram.ServeAsync(folder.Path, ["-c", config], () => Task.CompletedTask);

        run.Output.Should().Contain("[WRN] The secret has fewer than 16 bytes").And.NotContain("twelve bytes");
    }

    [Fact]
    public async Task Help_and_version_are_there()
    {
        (await BuiltProgram.RunAsync(folder.Path, ["--version"])).Output.Should().MatchRegex(@"^\d+\.\d+\.\d+");
        (await BuiltProgram.RunAsync(folder.Path, ["--help"])).Output.Should().Contain("serve").And.Contain("check")
            .And.Contain("sign");
    }

    [Fact]
    public async Task Sign_escapes_the_public_url_and_says_which_type_the_put_must_carry()
    {
        var config = Write(
            "[server]\npublic_url = 'https://ex.org/a%20b/ü'\n[security]\nsecret = 'a secret of the tests, long'\n");

        var v2 = await BuiltProgram.RunAsync(folder.Path, ["sign", "s/n", "-s", "5", "-t", "text/plain", "-c", config]);
        var v = await BuiltProgram.RunAsync(folder.Path, ["sign", "s/n", "-s", "5", "--scheme", "v", "-c", config]);

        v2.Output.Should().StartWith("PUT https://ex.org/a%20b/%C3%BC/s/n?v2=")
            .And.Contain("\nContent-Type: text/plain\n");
        v.Output.Should().StartWith("PUT https://ex.org/a%20b/%C3%BC/s/n?v=").And.NotContain("Content-Type");
    }

    [Theory]
    [InlineData("[security]\nschemes = ['jwt']\n", 64, "does not accept v2: security.schemes is jwt")]
    [InlineData("[server]\nlisten_address = 'unix:/run/x.sock'\n[security]\n", 78, "set server.public_url")]
    public async Task Sign_prints_no_url_that_cannot_work(string toml, int exit, string sentence)
    {
        var config = Write($"{toml}secret = 'a secret of the tests, long'\n");

        var run = await BuiltProgram.RunAsync(folder.Path, ["sign", "name", "--size", "5", "-c", config]);

        (run.ExitCode, run.Output).Should().Be((exit, ""));
        run.Errors.Should().Contain(sentence);
    }

    [Fact]
    public async Task Sign_before_the_first_start_says_what_to_do()
    {
        var run = await BuiltProgram.RunAsync(folder.Path, ["sign", "name", "--size", "5"]);

        run.ExitCode.Should().Be(78);
        run.Errors.Should().Contain("run the server once, or give -c FILE").And.NotContain("security.secret_file");
    }

    public void Dispose() => folder.Dispose();

    private static (string Name, string Value) Listen(int port) => ("HFS_SERVER__LISTEN_ADDRESS", $"127.0.0.1:{port}");

    private static async Task<string> GetAsync(string url)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(url);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string Write(string toml)
    {
        File.WriteAllText(folder.File("config.toml"), toml);
        return folder.File("config.toml");
    }

    [GeneratedRegex(@"^PUT (?<url>\S+)\n(Authorization: (?<token>.+)\n)?",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PutLine();

    [GeneratedRegex(@"\nGET (?<url>\S+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex GetLine();
}
