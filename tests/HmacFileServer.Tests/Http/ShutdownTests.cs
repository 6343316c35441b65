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
        server.Log.Of(602).Should().Equal("Stopping; 1 uploads are still running");
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

        server.Log.Of(604).Should().Equal("Stopped; 2 uploads were cut off");
        server.FilesLeft().Should().BeEmpty();
        server.PromisedBytes.Should().Be(0);
        (await one.ReadToEndAsync()).Should().Be(0, "nobody may take a cut upload for a stored one");
    }

    private static async Task<RawConnection> BeginAsync(TestServer server, string key = Key)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync($"PUT {SignedUrls.V(key, 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);
        return wire;
    }
}
