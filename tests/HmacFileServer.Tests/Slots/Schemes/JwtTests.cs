using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots.Schemes;

public sealed class JwtTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Fact]
    public async Task A_token_of_mod_http_file_share_stores_its_file_for_its_owner()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());

        var put = await server.PutAsync(
            "/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims()), "Content-Type: text/html");

        put.Status.Should().Be(201);
        (await server.GetAsync("/s1/cat.jpg"))["Content-Type"].Should().Be("image/jpeg");
        server.Log.Of(100)
            .Should().Equal("Stored s1/cat.jpg, 5 bytes for alice@example.org, signed jwt, from 127.0.0.1");
        server.ExpectLeft("s1/cat.jpg");
    }

    [Fact]
    public async Task A_chunked_body_is_fine_because_the_token_knows_its_size()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            "PUT /s1/cat.jpg HTTP/1.1", "Host: h", SignedUrls.Jwt(SignedUrls.Claims()), "Transfer-Encoding: chunked");
        await wire.SendAsync("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"u8.ToArray());

        (await wire.ReadAsync()).Status.Should().Be(201);
        server.Stored("s1/cat.jpg").Should().Equal(Hello);
        server.ExpectLeft("s1/cat.jpg");
    }

    [Theory]
    [InlineData("""{"slot":"s1","exp":1700000300,"filename":"cat.jpg","filesize":5.0}""", 201, null)]
    [InlineData("""{"slot":"s1","exp":1700000300,"filename":"cat.jpg","filesize":0.5e1}""", 201, null)]
    [InlineData("""{"slot":"s1","exp":1700000300,"filename":"cat.jpg","filesize":5.5}""", 403, "bad-signature")]
    [InlineData("""{"slot":"s1","exp":1700000300,"filename":"cat.jpg","filesize":-5}""", 403, "bad-signature")]
    [InlineData("""{"slot":"s1","exp":1700000300,"filename":"cat.jpg","filesize":"5"}""", 403, "bad-signature")]
    [InlineData("""{"slot":"s1","exp":1700000300,"filename":"cat.jpg","filesize":1e300}""", 403, "bad-signature")]
    [InlineData("""{"slot":"s1","exp":1700000300,"filename":"cat.jpg"}""", 403, "bad-signature")]
    [InlineData("""{"slot":"s1","filename":"cat.jpg","filesize":5}""", 403, "bad-signature")]
    [InlineData("""{"exp":1700000300,"filename":"cat.jpg","filesize":5}""", 403, "bad-signature")]
    [InlineData("""{"slot":"s1","exp":1700000300,"filesize":5}""", 403, "bad-signature")]
    [InlineData("""{"slot":"s1","exp":1700000300,"filename":"cat.jpg","filesize":6}""", 413, "wrong-size")]
    [InlineData("""["slot"]""", 403, "bad-signature")]
    [InlineData("""{"slot":"s1",""", 403, "bad-signature")]
    [InlineData("""[[[[[[[[[[[[[[]]]]]]]]]]]]]]""", 403, "bad-signature")]
    [InlineData("""{"slot":"\ud800","exp":1700000300,"filename":"cat.jpg","filesize":5}""", 403, "bad-signature")]
    [InlineData("", 403, "bad-signature")]
    public async Task Claims_are_checked_although_they_are_signed(string payload, int status, string? code)
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());

        var put = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(payload));

        (put.Status, put["X-Refusal"]).Should().Be((status, code));
        server.ExpectLeft(status == 201 ? ["s1/cat.jpg"] : []);
    }

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"HS512"}""")]
    [InlineData("""{"alg":"hs256"}""")]
    [InlineData("""{"alg":["HS256"]}""")]
    [InlineData("""{"typ":"JWT"}""")]
    [InlineData("""{"alg":"HS256","crit":["b64"]}""")]
    [InlineData("""{"alg":"HS256","crit":[]}""")]
    [InlineData("not json")]
    public async Task Only_hs256_without_demands_is_a_header_of_ours(string header)
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());

        var put = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(), header: header));

        (put.Status, put["X-Refusal"]).Should().Be((403, "bad-signature"));
        server.ExpectLeft();
    }

    [Theory]
    [InlineData("..")]
    [InlineData("eyJhbGciOiJub25lIn0.e30.")]
    [InlineData("a.b.c")]
    [InlineData("\u00e4.\u00f6.\u00fc")]
    public async Task A_token_without_a_signature_is_refused(string token)
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());

        var put = await server.PutAsync("/s1/cat.jpg", Hello, $"Authorization: Bearer {token}");

        (put.Status, put["X-Refusal"]).Should().Be((403, "bad-signature"));
    }

    [Theory]
    [Provokes("wrong-slot")]
    [InlineData("/s2/cat.jpg")]
    [InlineData("/s1/dog.jpg")]
    [InlineData("/s1/cat.jpg/more")]
    [InlineData("/s1/x/cat.jpg")]
    [InlineData("/cat.jpg")]
    [InlineData("/S1/cat.jpg")]
    public async Task A_token_is_for_its_slot_and_its_file_name_alone(string target)
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());

        var put = await server.PutAsync(target, Hello, SignedUrls.Jwt(SignedUrls.Claims()));

        (put.Status, put["X-Refusal"]).Should().Be((403, "wrong-slot"));
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_file_type_too_long_for_a_header_is_bytes_to_save()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        var claims = SignedUrls.Claims();
        claims["filetype"] = "image/" + new string('x', 6000);

        (await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(claims))).Status.Should().Be(201);

        (await server.GetAsync("/s1/cat.jpg"))["Content-Type"].Should().Be("application/octet-stream");
    }

    [Fact]
    [Provokes("wrong-size")]
    public async Task A_body_of_another_length_than_the_token_says_is_refused_before_it_is_sent()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            "PUT /s1/cat.jpg HTTP/1.1", "Host: h", SignedUrls.Jwt(SignedUrls.Claims()), "Content-Length: 6",
            "Expect: 100-continue");

        var answer = await wire.ReadAsync();
        (answer.Status, answer["X-Refusal"]).Should().Be((413, "wrong-size"));
        server.ExpectLeft();
    }
}
