using System.Net.Sockets;
using System.Text.Json;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Status;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Status;

public sealed class StatusTests
{
    [Fact]
    public async Task The_running_server_tells_how_far_each_upload_has_come()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(
            more: "[quotas]\nper_owner = \"1MB\"\ntotal = \"1GB\"", clock: clock);
        var alice = new string('a', 40);
        await server.PutAsync(SignedUrls.V($"{alice}/1/x", 5), "hello"u8.ToArray());
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT {SignedUrls.V($"{alice}/2/y", 1000)} HTTP/1.1", "Host: h", "Content-Length: 1000",
            "X-Forwarded-For: 192.0.2.1",
            "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);
        await wire.SendAsync(new byte[400]);
        await ReceivedAsync(server, 400);
        clock.Advance(TimeSpan.FromSeconds(8));

        using var report = await AskAsync(server);

        var root = report.RootElement;
        root.GetProperty("version").GetString().Should().NotBeEmpty();
        root.GetProperty("uptime_seconds").GetDouble().Should().Be(8);
        root.GetProperty("problems").GetArrayLength().Should().Be(0);
        root.GetProperty("listening")[0].GetString().Should().Be(server.Urls.First());
        var upload = root.GetProperty("uploads").EnumerateArray().Should().ContainSingle().Subject;
        string?[] said = [.. new[] { "key", "owner", "address" }.Select(name => upload.GetProperty(name).GetString())];
        said.Should().Equal($"{alice}/2/y", alice, "192.0.2.1");
        Numbers(upload, "received", "total", "bytes_per_second", "age_seconds", "quiet_seconds")
            .Should().Equal(400, 1000, 50, 8, 8);
        Numbers(root.GetProperty("store"), "bytes", "files").Should().Equal(5, 1);
        Numbers(root.GetProperty("quotas"), "total", "per_owner").Should().Equal(1 << 30, 1 << 20);
        var owner = root.GetProperty("quotas").GetProperty("owners").EnumerateArray().Should().ContainSingle().Subject;
        Numbers(owner, "bytes", "files", "quota").Should().Equal(5, 1, 1 << 20);
        root.GetProperty("metrics").ValueKind.Should().Be(JsonValueKind.Null);
        root.GetProperty("xmpp").GetProperty("connected").GetBoolean().Should().BeFalse();
        report.RootElement.GetRawText().Should().NotContain(SignedUrls.Secret);
    }

    [Fact]
    public async Task The_socket_is_the_users_own_and_gone_when_the_server_is()
    {
        await using var server = await TestServer.StartAsync();
        var path = StatusSocket.PathIn(server.StorePath);

        File.GetUnixFileMode(path).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await server.StopAsync();
        File.Exists(path).Should().BeFalse();
    }

    [Fact]
    public async Task What_a_killed_server_left_is_replaced()
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Directory.CreateDirectory(folder.File("store/.hfs"));
            var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            left.Bind(new UnixDomainSocketEndPoint(folder.File("left"))); // and renamed, or .NET would remove it
            File.Move(folder.File("left"), folder.File("store/.hfs/status.sock"));
            left.Dispose();
        });

        using var report = await AskAsync(server);

        report.RootElement.GetProperty("pid").GetInt32().Should().Be(Environment.ProcessId);
    }

    [Fact]
    public async Task A_successors_socket_stays_when_the_predecessor_ends()
    {
        await using var server = await TestServer.StartAsync();
        var path = StatusSocket.PathIn(server.StorePath);
        File.Delete(path);
        await File.WriteAllTextAsync(path, "the other server's");

        await server.StopAsync();

        (await File.ReadAllTextAsync(path)).Should().Be("the other server's");
    }

    [Fact]
    public async Task A_store_whose_path_is_too_long_for_a_socket_costs_the_status_alone()
    {
        await using var server = await TestServer.StartAsync($"storage_path = \"{{folder}}/{new string('l', 120)}\"");

        server.Log.Of(623).Should().ContainSingle();
        (await server.GetAsync("/health")).Status.Should().Be(200);
    }

    [Fact]
    public async Task The_command_prints_the_report_and_69_without_a_server()
    {
        using var folder = new TempFolder();
        var config = folder.File("config.toml");
        await using (await ServerProcess.StartAsync(folder))
        {
            var table = await BuiltProgram.RunAsync(folder.Path, ["status", "-c", config]);
            var json = await BuiltProgram.RunAsync(folder.Path, ["status", "-c", config, "--json"]);

            (table.ExitCode, table.Errors).Should().Be((0, ""));
            table.Output.Should().Contain("ready\tyes").And.Contain("XMPP component\toff")
                .And.Contain(folder.File("store"));
            json.ExitCode.Should().Be(0);
            using var report = JsonDocument.Parse(json.Output);
            report.RootElement.GetProperty("uploads").GetArrayLength().Should().Be(0);
        } // killed: its socket stays

        var alone = await BuiltProgram.RunAsync(folder.Path, ["status", "-c", config]);
        alone.ExitCode.Should().Be(69);
        alone.Errors.Should().StartWith("No server answers at ");
    }

    private static async Task<JsonDocument> AskAsync(TestServer server)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(StatusSocket.PathIn(server.StorePath)));
        await using var stream = new NetworkStream(socket);
        return await JsonDocument.ParseAsync(stream);
    }

    private static async Task ReceivedAsync(TestServer server, long bytes)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (server.Uploads.UnderWay.All(upload => upload.Value.Body.Received < bytes))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static IEnumerable<long> Numbers(JsonElement at, params string[] names) =>
        names.Select(name => (long)at.GetProperty(name).GetDouble());
}
