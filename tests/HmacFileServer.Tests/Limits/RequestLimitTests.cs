using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Limits;

public sealed class RequestLimitTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();
    private readonly ManualClock clock = new();

    [Fact]
    [Provokes("too-many-requests")]
    public async Task Who_asks_too_often_is_told_when_to_come_back_and_then_served()
    {
        await using var server = await StartAsync("requests_per_minute = 3");
        await server.PutAsync(SignedUrls.V("a/b", 5), Hello, "X-Forwarded-For: 192.0.2.1");
        await GetAsync(server, "192.0.2.1");
        await GetAsync(server, "192.0.2.1");

        var refused = await server.GetAsync("/a/b", "X-Forwarded-For: 192.0.2.1", "Origin: https://chat.example");

        refused.StatusLine.Should().Be("HTTP/1.1 429 Too Many Requests");
        (refused["X-Refusal"], refused["Retry-After"], refused["Content-Length"])
            .Should().Be(("too-many-requests", "20", "0"));
        refused["Access-Control-Allow-Origin"].Should().Be("*");
        refused["Access-Control-Expose-Headers"].Should().Contain("Retry-After");
        (await GetAsync(server, "192.0.2.2")).Status.Should().Be(200, "that is somebody else");
        clock.Advance(TimeSpan.FromSeconds(20));
        (await GetAsync(server, "192.0.2.1")).Text.Should().Be("hello");
        server.Metrics.Sum("hfs.limits.reached", "limit=requests_per_minute").Should().Be(1);
        server.Metrics.Sum("hfs.refusals", "code=too-many-requests").Should().Be(1);
    }

    [Fact]
    public async Task Retry_after_is_never_0_which_clients_take_for_at_once()
    {
        await using var server = await StartAsync("requests_per_minute = 600");
        for (var i = 0; i < 600; i++)
        {
            await GetAsync(server, "192.0.2.1");
        }

        (await GetAsync(server, "192.0.2.1"))["Retry-After"].Should().Be("1");
    }

    [Fact]
    public async Task A_subscribers_ipv6_addresses_are_one_client()
    {
        await using var server = await StartAsync("requests_per_minute = 2");

        await GetAsync(server, "2001:db8:0:1::1");
        await GetAsync(server, "2001:db8:0:1:ffff::2");

        (await GetAsync(server, "2001:db8:0:1:abcd::3")).Status.Should().Be(429);
        (await GetAsync(server, "2001:db8:0:2::1")).Status.Should().Be(404);
    }

    [Theory]
    [InlineData("")]
    [InlineData("X-Forwarded-For: 127.0.0.1")]
    [InlineData("X-Forwarded-For: nonsense")]
    public async Task A_proxy_that_tells_no_address_is_not_taken_for_everybody(string header)
    {
        await using var server = await StartAsync("requests_per_minute = 1");

        for (var i = 0; i < 3; i++)
        {
            (await server.GetAsync("/a/b", header.Length > 0 ? [header] : [])).Status.Should().Be(404);
        }
    }

    [Fact]
    public async Task A_stranger_is_not_somebody_else_for_a_header_he_sends()
    {
        await using var server = await StartAsync("requests_per_minute = 2", "trusted_proxies = [\"198.51.100.1\"]");

        await GetAsync(server, "192.0.2.1");
        await GetAsync(server, "192.0.2.2");

        (await GetAsync(server, "192.0.2.3")).Status.Should().Be(429);
    }

    [Fact]
    public async Task An_upload_too_many_is_refused_before_its_body_and_stops_no_other()
    {
        await using var server = await StartAsync("uploads_per_minute = 1");
        await using var running = await server.ConnectAsync();
        await running.SendAsync(
            $"PUT {SignedUrls.V("a/b", 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "X-Forwarded-For: 192.0.2.1",
            "Expect: 100-continue");
        (await running.ReadAsync()).Status.Should().Be(100);
        await using var second = await server.ConnectAsync();

        await second.SendAsync(
            $"PUT {SignedUrls.V("a/b", 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "X-Forwarded-For: 192.0.2.1",
            "Expect: 100-continue");

        var refused = await second.ReadAsync();
        (refused.Status, refused["Retry-After"], refused.Text)
            .Should().Be((429, "60", "Too many at once. Try again shortly.\n"));
        await running.SendAsync(Hello);
        (await running.ReadAsync()).Status.Should().Be(201);
        server.ExpectLeft("a/b");
    }

    [Fact]
    public async Task Nobody_uses_up_the_uploads_of_others_without_a_signature()
    {
        await using var server = await StartAsync("uploads_per_minute = 1\nowner_uploads_per_minute = 1");
        for (var i = 0; i < 5; i++)
        {
            var unsigned = await server.PutAsync("/a/b?v=00", Hello, "X-Forwarded-For: 192.0.2.1");
            unsigned.Status.Should().Be(403);
        }

        (await server.PutAsync(SignedUrls.V("a/b", 5), Hello, "X-Forwarded-For: 192.0.2.1")).Status.Should().Be(201);
    }

    [Fact]
    public async Task An_owner_is_limited_wherever_he_uploads_from()
    {
        await using var server = await StartAsync("owner_uploads_per_minute = 2");
        var alice = new string('a', 40);

        (await UploadAsync(server, $"{alice}/1/x", "192.0.2.1")).Status.Should().Be(201);
        (await UploadAsync(server, $"{alice}/2/x", "192.0.2.2")).Status.Should().Be(201);
        var third = await UploadAsync(server, $"{alice}/3/x", "192.0.2.3");

        (third.Status, third["X-Refusal"], third["Retry-After"]).Should().Be((429, "too-many-requests", "30"));
        (await UploadAsync(server, $"{new string('b', 40)}/1/x", "192.0.2.3")).Status.Should().Be(201);
        server.Log.Of(620).Should().ContainSingle().Which.Should().Contain("owner_uploads_per_minute")
            .And.Contain("192.0.2.3");
    }

    [Fact]
    public async Task A_room_of_sixty_behind_one_address_opens_two_hundred_pictures_each_by_default()
    {
        await using var server = await TestServer.StartAsync(clock: clock);
        var limits = server.Service<HmacFileServer.Settings.LiveSettings>().Current.Limits;
        var table = new HmacFileServer.Limits.RateTable<string>(10, clock);

        var refused = Enumerable.Range(0, 60 * 200)
            .Count(_ => table.Take("nat", limits.RequestsPerMinute) > TimeSpan.Zero);

        refused.Should().Be(0);
    }

    [Fact]
    public async Task A_flood_is_one_line_a_minute_in_the_log()
    {
        await using var server = await StartAsync("requests_per_minute = 1");

        for (var i = 0; i < 20; i++)
        {
            await GetAsync(server, "192.0.2.1");
        }

        server.Log.Of(620).Should().ContainSingle();
        clock.Advance(TimeSpan.FromSeconds(61));
        await GetAsync(server, "192.0.2.1");
        await GetAsync(server, "192.0.2.1");
        server.Log.Of(620).Should().HaveCount(2).And.Contain(line => line.Contains("20 times"));
    }

    private Task<TestServer> StartAsync(string limits, string server = "") =>
        TestServer.StartAsync(server, more: "[limits]\n" + limits, clock: clock);

    private static Task<RawResponse> GetAsync(TestServer server, string address) =>
        server.GetAsync("/a/b", $"X-Forwarded-For: {address}");

    private static Task<RawResponse> UploadAsync(TestServer server, string key, string address) =>
        server.PutAsync(SignedUrls.V(key, 5), Hello, $"X-Forwarded-For: {address}");
}
