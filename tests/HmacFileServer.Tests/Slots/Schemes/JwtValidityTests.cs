using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots.Schemes;

public sealed class JwtValidityTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Theory]
    [Provokes("expired")]
    [InlineData("", 0, 201)]
    [InlineData("", 301, 201)] // a proxy that buffers shows us the head when Prosody's 300 seconds are long over
    [InlineData("", 7200, 201)]
    [InlineData("", 7201, 403)]
    [InlineData("hmac_validity = \"0s\"", 300, 201)]
    [InlineData("hmac_validity = \"0s\"", 301, 403)]
    [InlineData("hmac_validity = \"10s\"", 300, 201)]
    [InlineData("hmac_validity = \"10s\"", 301, 403)]
    public async Task A_token_holds_until_its_exp_or_hmac_validity_after_its_iat_whichever_is_later(
        string security, int secondsLater, int status)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(security: security, clock: clock);
        clock.Advance(TimeSpan.FromSeconds(secondsLater));

        var put = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims()));

        (put.Status, put["X-Refusal"]).Should().Be((status, status == 403 ? "expired" : null));
        server.ExpectLeft(status == 201 ? ["s1/cat.jpg"] : []);
    }

    [Fact]
    public async Task Without_an_iat_the_exp_alone_counts()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock);
        clock.Advance(TimeSpan.FromSeconds(301));

        var put = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(("iat", null))));

        put["X-Refusal"].Should().Be("expired");
    }

    [Theory]
    [Provokes("not-yet-valid")]
    [InlineData(1_700_000_060, 201)]
    [InlineData(1_700_000_061, 403)]
    public async Task A_token_from_the_future_is_refused_beyond_the_skew_of_the_clocks(long issuedAt, int status)
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        var token = SignedUrls.Jwt(SignedUrls.Claims(("iat", issuedAt), ("exp", issuedAt + 300)));

        var put = await server.PutAsync("/s1/cat.jpg", Hello, token);

        (put.Status, put["X-Refusal"]).Should().Be((status, status == 403 ? "not-yet-valid" : null));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public async Task Times_that_no_calendar_has_are_no_error_of_the_server(long time)
    {
        await using var server = await TestServer.StartAsync(
            security: "hmac_validity = \"1000y\"", clock: new ManualClock());

        var late = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(("exp", time))));
        var issued = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(("iat", time))));
        var kept = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(("expires", time))));

        new[] { late.Status, issued.Status, kept.Status }
            .Should().OnlyContain(status => status == 201 || status == 403);
    }

    [Fact]
    public async Task Validity_is_judged_when_the_head_arrives_and_not_at_the_end_of_the_body()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(more: "[timeouts]\nread_timeout = \"7d\"", clock: clock);
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(
            "PUT /s1/cat.jpg HTTP/1.1", "Host: h", SignedUrls.Jwt(SignedUrls.Claims()), "Content-Length: 5",
            "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);

        clock.Advance(TimeSpan.FromDays(1));
        await wire.SendAsync(Hello);

        (await wire.ReadAsync()).Status.Should().Be(201);
    }

    [Fact]
    [Provokes("gone")]
    public async Task The_file_lives_as_long_as_its_token_says()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock);
        await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(("expires", 1_700_000_100))));

        var fresh = await server.GetAsync("/s1/cat.jpg");
        clock.Advance(TimeSpan.FromSeconds(40));
        var later = await server.GetAsync("/s1/cat.jpg");
        clock.Advance(TimeSpan.FromSeconds(60));
        var gone = await server.GetAsync("/s1/cat.jpg");

        fresh["Cache-Control"].Should().Be("public, max-age=100, immutable");
        later["Cache-Control"].Should().Be("public, max-age=60, immutable");
        (gone.StatusLine, gone["X-Refusal"], gone["Content-Length"]).Should().Be(("HTTP/1.1 410 Gone", "gone", "0"));
    }

    [Fact]
    public async Task A_file_that_is_to_be_gone_already_is_not_taken()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());

        var put = await server.PutAsync(
            "/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(("expires", 1_700_000_000))));

        put["X-Refusal"].Should().Be("expired");
        server.ExpectLeft();
    }
}
