using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

public sealed class ShutdownTests
{
    private const string Key = "a/b";

    [Fact]
    public async Task The_end_of_the_server_waits_for_running_uploads()
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await BeginAsync(server);

        var stopping = server.StopAsync();
        await server.Log.EventAsync(602);
        await wire.SendAsync("hello"u8.ToArray());

        (await wire.ReadAsync()).Status.Should().Be(201);
        await stopping;
        server.Stored(Key).Should().Equal("hello"u8.ToArray());
        server.Log.Of(602).Should().Equal("Stopping; uploads still running: 1");
        server.Log.Of(603).Should().ContainSingle();
        server.Log.Of(604).Should().BeEmpty();
    }

    [Fact]
    public async Task Uploads_that_take_longer_than_shutdown_are_cut_and_counted_and_leave_nothing()
    {
        await using var server = await TestServer.StartAsync(more: "[timeouts]\nshutdown = \"200ms\"");
        await using var one = await BeginAsync(server, "a/1");
        await using var two = await BeginAsync(server, "a/2");
        await one.SendAsync("he"u8.ToArray());

        await server.StopAsync();

        server.Log.Of(604).Should().Equal("Stopped; uploads cut off: 2");
        server.Log.Of(106).Should().HaveCount(2).And.Contain("Cut off a/1, 5 bytes, from 127.0.0.1: the server stops");
        server.Log.Of(103).Should().BeEmpty("no client left");
        server.FilesLeft().Should().BeEmpty();
        server.PromisedBytes.Should().Be(0);
        (await one.ReadToEndAsync()).Should().Be(0, "nobody may take a cut upload for a stored one");
    }

    [Fact]
    public async Task A_client_that_leaves_while_the_server_waits_for_it_was_not_cut()
    {
        await using var server = await TestServer.StartAsync();
        var wire = await BeginAsync(server);

        var stopping = server.StopAsync();
        await server.Log.EventAsync(602);
        await wire.DisposeAsync();
        await stopping;

        server.Log.Of(103).Should().ContainSingle().Which.Should().StartWith("The client left");
        server.Log.Of(603).Should().ContainSingle();
        server.Log.Of(604).Should().BeEmpty();
    }

    private static async Task<RawConnection> BeginAsync(TestServer server, string key = Key)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT {SignedUrls.V(key, 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);
        return wire;
    }
}
