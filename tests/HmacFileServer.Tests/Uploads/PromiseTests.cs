using HmacFileServer.Storage;
using HmacFileServer.Tests.Ledger;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads;

/// <summary>To announce a large file costs nothing, and so must buy nothing that others need.</summary>
public sealed class PromiseTests
{
    private const long Gigabyte = 1L << 30;
    private const long Step = 64 << 20;
    private const string Mallory = "mallory@example.org";
    private const string Host = "Host: files.example";

    private readonly ManualClock clock = new();
    private readonly DiskSpace disk = new(() => 20 * Gigabyte);

    [Theory]
    [InlineData(400, 2 * Step)]
    [InlineData(20 << 20, 2 * ((20 << 20) + Step))]
    public async Task An_upload_takes_little_more_of_the_disk_than_it_has_brought(int sent, long most)
    {
        await using var server = await StartAsync();
        await using var one = await PromiseAsync(server, "a", 5 * Gigabyte, Mallory);
        await using var two = await PromiseAsync(server, "b", 5 * Gigabyte, Mallory);

        await SendAsync(server, one, sent);
        await SendAsync(server, two, sent);

        (await TakenAsync(server)).Should().BeInRange(1, most);
        (await server.UploadAsync("c", 100_000, clock, "bob@example.org")).Should().Be("201");
        one.Reset();
        two.Reset();
        await server.Log.EventAsync(103, count: 2);
        server.ExpectLeft("c/f");
        disk.PromisedBytes.Should().Be(0);
    }

    [Fact]
    public async Task An_owner_promises_half_of_the_free_space_at_most_and_others_the_rest()
    {
        await using var server = await StartAsync();
        await using var first = await PromiseAsync(server, "a", 6 * Gigabyte, Mallory);

        var second = await AskAsync(server, "b", 5 * Gigabyte, server.Jwt("b", "f", 5 * Gigabyte, clock, Mallory));

        (second.Status, second["X-Refusal"]).Should().Be((503, "busy"));
        second["Retry-After"].Should().NotBeNull();
        server.Metrics.Sum("hfs.limits.reached", "limit=promised_space_per_client").Should().Be(1);
        await using var less = await PromiseAsync(server, "b", 3 * Gigabyte, Mallory);
        await using var bobs = await PromiseAsync(server, "c", 5 * Gigabyte, "bob@example.org");
    }

    [Fact]
    public async Task Who_names_no_owner_is_an_address()
    {
        await using var server = await StartAsync();
        await using var first = await server.ConnectAsync();
        await first.SendAsync(Head("a/f", "192.0.2.1"));
        (await first.ReadAsync()).Status.Should().Be(100);

        await using var second = await server.ConnectAsync();
        await second.SendAsync(Head("b/f", "192.0.2.1"));
        (await second.ReadAsync())["X-Refusal"].Should().Be("busy");
        await using var third = await server.ConnectAsync();
        await third.SendAsync(Head("c/f", "192.0.2.2"));

        (await third.ReadAsync()).Status.Should().Be(100);

        static string[] Head(string key, string address) =>
        [
            $"PUT {SignedUrls.V(key, 6 * Gigabyte)} HTTP/1.1", Host, $"Content-Length: {6 * Gigabyte}",
            $"X-Forwarded-For: {address}", "Expect: 100-continue",
        ];
    }

    [Fact]
    public async Task All_promises_together_leave_a_fifth_of_the_free_space_to_small_files()
    {
        await using var server = await StartAsync();
        await using var one = await PromiseAsync(server, "a", 8 * Gigabyte, "a@example.org");
        await using var two = await PromiseAsync(server, "b", 8 * Gigabyte, "b@example.org");

        var third = await AskAsync(server, "c", Gigabyte, server.Jwt("c", "f", Gigabyte, clock, "c@example.org"));

        (third.Status, third["X-Refusal"]).Should().Be((503, "busy"));
        server.Metrics.Sum("hfs.limits.reached", "limit=promised_space").Should().Be(1);
        await using var small = await PromiseAsync(server, "d", Step, "d@example.org");
        one.Reset();
        await server.Log.EventAsync(103);
        await using var again = await PromiseAsync(server, "c", Gigabyte, "c@example.org");
    }

    [Fact]
    public async Task A_file_that_no_waiting_would_make_fit_is_told_so()
    {
        await using var server = await StartAsync();

        var answer = await AskAsync(
            server, "a", 17 * Gigabyte, server.Jwt("a", "f", 17 * Gigabyte, clock, Mallory));

        (answer.Status, answer["X-Refusal"]).Should().Be((507, "storage-full"));
        await using var most = await PromiseAsync(server, "a", 15 * Gigabyte, Mallory);
    }

    [Fact]
    public async Task The_operator_may_set_the_shares_or_do_without()
    {
        await using var server = await StartAsync(
            "[limits]\npromised_space = \"100%\"\npromised_space_per_client = \"10%\"");
        await using var one = await PromiseAsync(server, "a", 15 * Gigabyte, "a@example.org");
        await using var two = await PromiseAsync(server, "b", 4 * Gigabyte, "b@example.org");

        var denied = await AskAsync(server, "c", Gigabyte, server.Jwt("c", "f", Gigabyte, clock, "a@example.org"));

        denied["X-Refusal"].Should().Be("busy");
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("silent")]
    [InlineData("too short")]
    [InlineData("superseded")]
    public async Task A_promise_is_given_back_however_its_upload_ends(string end)
    {
        await using var server = await StartAsync();
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(
            "PUT /a/f HTTP/1.1", Host, "Transfer-Encoding: chunked", server.Jwt("a", "f", 8 * Gigabyte, clock, Mallory),
            "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);
        disk.PromisedBytes.Should().BeInRange(7 * Gigabyte, 8 * Gigabyte);

        switch (end)
        {
            case "reset":
                wire.Reset();
                await server.Log.EventAsync(103);
                break;
            case "silent":
                await clock.ArmedAsync(TimeSpan.FromSeconds(300));
                clock.Advance(TimeSpan.FromSeconds(300));
                (await wire.ReadAsync()).Status.Should().Be(408);
                break;
            case "too short":
                await wire.SendAsync("0\r\n\r\n"u8.ToArray());
                (await wire.ReadAsync()).Status.Should().Be(400);
                break;
            default:
                var same = server.Jwt("a", "f", 5, clock, Mallory);
                (await server.PutAsync("/a/f", "hello"u8.ToArray(), same)).Status.Should().Be(201);
                (await wire.ReadAsync()).Status.Should().Be(409);
                break;
        }

        await server.Uploads.DrainAsync();
        disk.PromisedBytes.Should().Be(0);
        await using var next = await PromiseAsync(server, "b", 8 * Gigabyte, Mallory);
    }

    [Theory]
    [InlineData(250, 250 * 5_000)]
    [InlineData(299, 90 * 5_000)] // and out of reach for the rest of the time
    public async Task A_phone_at_5_kilobytes_a_second_may_send_10_gigabytes(int seconds, int bytes)
    {
        await using var server = await StartAsync();
        await using var wire = await PromiseAsync(server, "a", 9 * Gigabyte, Mallory);

        for (var i = 0; i < 20; i++)
        {
            await PassAsync(server, wire, TimeSpan.FromSeconds(seconds), bytes);
        }

        await clock.ArmedAsync(TimeSpan.FromSeconds(300));
        server.Uploads.Count.Should().Be(1);
        server.Log.Of(101).Should().BeEmpty();
        wire.Reset();
        await server.Log.EventAsync(103);
    }

    [Theory]
    [InlineData(9 * Gigabyte, 500, 408)]
    [InlineData(9 * Gigabyte, 1_100, 0)]
    [InlineData(20 << 20, 200, 408)]
    [InlineData(20 << 20, 300, 0)]
    [InlineData(5 << 20, 70, 0)]
    public async Task The_more_is_promised_the_faster_it_must_come(long promised, int bytesPerSecond, int status)
    {
        await using var server = await StartAsync();
        await using var wire = await PromiseAsync(server, "a", promised, Mallory);

        for (var i = 0; i < 60 && server.Uploads.Count > 0 && !server.Log.Of(101).Any(); i++)
        {
            await PassAsync(server, wire, TimeSpan.FromSeconds(250), 250 * bytesPerSecond);
            await Task.WhenAny(clock.ArmedAsync(TimeSpan.FromSeconds(300)), server.Log.EventAsync(101));
        }

        if (status == 0)
        {
            server.Log.Of(101).Should().BeEmpty();
            return;
        }

        (await wire.ReadAsync())["X-Refusal"].Should().Be("too-slow");
    }

    private Task<TestServer> StartAsync(string more = "") => TestServer.StartAsync(
        "max_upload_size = \"100GB\"", more: more + "\n[timeouts]\nread_timeout = \"300s\"", clock: clock, disk: _ => disk);

    /// <summary>An upload that was let in, and has sent nothing yet.</summary>
    private async Task<RawConnection> PromiseAsync(TestServer server, string slot, long bytes, string owner)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT /{slot}/f HTTP/1.1", Host, $"Content-Length: {bytes}", server.Jwt(slot, "f", bytes, clock, owner),
            "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);
        return wire;
    }

    private static async Task<RawResponse> AskAsync(TestServer server, string slot, long bytes, string token)
    {
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT /{slot}/f HTTP/1.1", Host, $"Content-Length: {bytes}", token, "Expect: 100-continue");
        return await wire.ReadAsync();
    }

    /// <summary>Sends so much, and waits until it was received.</summary>
    private static async Task SendAsync(TestServer server, RawConnection wire, int bytes)
    {
        var before = Received(server);
        await wire.SendAsync(new byte[bytes]);
        for (var i = 0; i < 1000 && Received(server) < before + bytes; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        Received(server).Should().Be(before + bytes);
    }

    private static long Received(TestServer server) => server.Uploads.UnderWay.Sum(upload => upload.Value.Body.Received);

    /// <summary>Time, and then bytes, all of which arrive before more time passes, unless the upload ends.</summary>
    private async Task PassAsync(TestServer server, RawConnection wire, TimeSpan time, int bytes)
    {
        await clock.ArmedAsync(TimeSpan.FromSeconds(300));
        var before = Received(server);
        clock.Advance(time);
        await wire.SendWhilePossibleAsync(new byte[bytes]);
        for (var i = 0; i < 1000 && Received(server) < before + bytes && !server.Log.Of(101).Any(); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    /// <summary>What the files under way take of the disk, stat(1).</summary>
    private static async Task<long> TakenAsync(TestServer server)
    {
        var (_, blocks) = await Tool.RunAsync("stat", ["-c", "%b", .. Directory.GetFiles(server.IncomingPath)]);
        return 512 * blocks.Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(long.Parse);
    }
}
