using HmacFileServer.Status;
using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Status;

public sealed class HealthTests
{
    [Fact]
    public async Task A_server_that_can_store_says_ok_and_leaves_no_trace()
    {
        await using var server = await TestServer.StartAsync("base_path = \"/upload/\"");

        var health = await server.GetAsync("/health");
        var head = await server.SendAsync("HEAD /health HTTP/1.1");

        (health.Status, health.Text, head.Status).Should().Be((200, "ok\n", 200));
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_is_503_and_still_serves()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray());
        Directory.Delete(Path.Combine(server.StorePath, ".hfs"), recursive: true);

        var health = await server.GetAsync("/health");

        health.Status.Should().Be(503);
        health.Text.Should().NotContain(server.StorePath);
        server.Log.Of(403).Should().ContainSingle();
        (await server.GetAsync("/a/b")).Text.Should().Be("hello");
    }

    [Fact]
    public async Task The_store_is_tried_once_a_second_and_only_a_change_is_logged()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock);
        var (own, aside) = (Path.Combine(server.StorePath, ".hfs"), Path.Combine(server.StorePath, "aside"));

        (await server.GetAsync("/health")).Status.Should().Be(200);
        Directory.Move(own, aside);
        (await server.GetAsync("/health")).Status.Should().Be(200, "the verdict holds for a second");
        clock.Advance(TimeSpan.FromSeconds(1));
        (await server.GetAsync("/health")).Status.Should().Be(503);
        clock.Advance(TimeSpan.FromSeconds(1));
        (await server.GetAsync("/health")).Status.Should().Be(503);
        server.Log.Of(403).Should().ContainSingle();
        server.Log.Of(405).Should().BeEmpty();

        Directory.Move(aside, own);
        clock.Advance(TimeSpan.FromSeconds(1));
        (await server.GetAsync("/health")).Status.Should().Be(200);
        server.Log.Of(405).Should().ContainSingle();
    }

    [Fact]
    public async Task A_clock_that_is_set_back_keeps_no_old_verdict()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock);
        (await server.GetAsync("/health")).Status.Should().Be(200);
        Directory.Delete(Path.Combine(server.StorePath, ".hfs"), recursive: true);

        clock.SetWallClock(TimeSpan.FromHours(-1));
        clock.Advance(TimeSpan.FromSeconds(1));

        (await server.GetAsync("/health")).Status.Should().Be(503);
    }

    [Theory]
    [InlineData("health")]
    [InlineData("health/live")]
    [InlineData("health/ready")]
    public async Task No_file_can_be_stored_where_the_health_check_would_hide_it(string key)
    {
        await using var server = await TestServer.StartAsync();

        var hidden = await server.PutAsync(SignedUrls.V(key, 5), "hello"u8.ToArray());
        var other = await server.PutAsync(SignedUrls.V("Health", 5), "hello"u8.ToArray());

        (hidden.Status, hidden["X-Refusal"]).Should().Be((400, "bad-path"));
        other.Status.Should().Be(201);
        (await server.GetAsync("/Health")).Text.Should().Be("hello");
        server.ExpectLeft("Health");
    }

    [Fact]
    public async Task Below_a_base_path_a_file_may_be_called_health()
    {
        await using var server = await TestServer.StartAsync("base_path = \"/upload/\"");

        await server.PutAsync("/upload" + SignedUrls.V("health", 5), "hello"u8.ToArray());

        (await server.GetAsync("/upload/health")).Text.Should().Be("hello");
    }

    [Fact]
    public async Task A_server_that_cannot_store_is_alive_and_not_ready()
    {
        await using var server = await TestServer.StartAsync();
        Directory.Delete(Path.Combine(server.StorePath, ".hfs"), recursive: true);

        var (live, ready) = (await server.GetAsync("/health/live"), await server.GetAsync("/health/ready"));

        (live.Status, live.Text).Should().Be((200, "ok\n"));
        ready.Status.Should().Be(503);
        ready.Text.Should().Contain("the store can't be written");
    }

    [Fact]
    public async Task A_disk_below_its_minimum_is_not_ready_until_there_is_room()
    {
        var free = 0L;
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(
            "min_free_bytes = \"100MB\"", clock: clock, disk: _ => new DiskSpace(() => free));

        var full = await server.GetAsync("/health/ready");
        free = 200 << 20;
        clock.Advance(TimeSpan.FromSeconds(1));

        (full.Status, full.Text).Should().Be((503, "the disk is full\n"));
        (await server.GetAsync("/health/ready")).Status.Should().Be(200);
        (server.Log.Of(621).Count(), server.Log.Of(622).Count()).Should().Be((1, 1));
    }

    [Fact]
    public async Task A_ledger_that_cannot_be_used_is_not_ready()
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Directory.CreateDirectory(folder.File("store/.hfs"));
            File.WriteAllBytes(folder.File("store/.hfs/ledger.db"), [.. Enumerable.Repeat((byte)'x', 8192)]);
        });

        var ready = await server.GetAsync("/health/ready");

        (ready.Status, ready.Text).Should().Be((503, "the ledger can't be used\n"));
        (await server.GetAsync("/health/live")).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_server_that_stops_is_not_ready_while_uploads_end()
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT {SignedUrls.V("a/b", 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);

        var stopping = server.StopAsync();
        await server.Log.EventAsync(602);

        server.Service<Readiness>().Problems().Should().Equal("the server is stopping");
        await wire.SendAsync("hello"u8.ToArray());
        (await wire.ReadAsync()).Status.Should().Be(201);
        await stopping;
    }
}
