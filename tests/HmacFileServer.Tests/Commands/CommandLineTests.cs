using System.Net;
using System.Net.Sockets;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly TempFolder folder = new();

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
    public async Task A_stop_lets_a_running_upload_end_however_long_it_takes()
    {
        var port = FreePort.Take();
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
        var port = FreePort.Take();
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

    public void Dispose() => folder.Dispose();

    private string Write(string toml)
    {
        File.WriteAllText(folder.File("config.toml"), toml);
        return folder.File("config.toml");
    }
}
