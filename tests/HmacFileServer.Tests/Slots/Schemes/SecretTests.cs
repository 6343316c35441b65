using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots.Schemes;

public sealed class SecretTests
{
    private const string Old = "the secret of last year, long enough";
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Fact]
    public async Task Previous_secrets_still_verify_for_every_scheme()
    {
        await using var server = await TestServer.StartAsync(
            security: $"previous_secrets = [\"some other one that does not matter\", \"{Old}\"]",
            clock: new ManualClock());

        var answers = new[]
        {
            await server.PutAsync(SignedUrls.V("a/1", 5, Old), Hello),
            await server.PutAsync(SignedUrls.V2("a/2", 5, "application/octet-stream", secret: Old), Hello),
            await server.PutAsync(SignedUrls.V2("a/3", 5, "application/octet-stream", "token", Old), Hello),
            await server.PutAsync(SignedUrls.V3("PUT", "/a/4", 1_700_000_000, Old), Hello),
            await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(), Old)),
            await server.PutAsync(SignedUrls.V("a/5", 5), Hello),
        };

        answers.Should().OnlyContain(answer => answer.Status == 201);
    }

    [Fact]
    public async Task A_jwt_secret_is_for_tokens_and_the_secret_for_urls()
    {
        await using var server = await TestServer.StartAsync(
            security: $"jwt_secret = \"{Old}\"", clock: new ManualClock());

        (await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims()))).Status.Should().Be(403);
        (await server.PutAsync(SignedUrls.V("a/1", 5, Old), Hello)).Status.Should().Be(403);
        server.Log.Of(300).Should().Equal(
            "The jwt signature of s1/cat.jpg does not match: it matches with secret: the issuer signs with it, "
                + "but jwt_secret is another",
            "The v signature of a/1 does not match: it matches with jwt_secret: the issuer signs URLs with it, "
                + "but secret is another");

        (await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(), Old))).Status.Should().Be(201);
        (await server.PutAsync(SignedUrls.V("a/1", 5), Hello)).Status.Should().Be(201);
    }

    [Fact]
    [Provokes("unauthorized")]
    public async Task A_site_of_tokens_alone_answers_401_and_says_what_it_wants()
    {
        await using var server = await TestServer.StartAsync(security: "schemes = [\"jwt\"]", clock: new ManualClock());

        var none = await server.PutAsync("/s1/cat.jpg", Hello);
        var bad = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(), Old));
        var url = await server.PutAsync(SignedUrls.V("s1/cat.jpg", 5), Hello);
        var good = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims()));

        foreach (var refused in new[] { none, bad, url })
        {
            (refused.StatusLine, refused["WWW-Authenticate"], refused["X-Refusal"])
                .Should().Be(("HTTP/1.1 401 Unauthorized", "Bearer", "unauthorized"));
        }

        good.Status.Should().Be(201);
    }

    [Fact]
    [Provokes("unsigned")]
    [Provokes("bad-signature")]
    public async Task A_site_of_several_schemes_answers_403_and_does_not_ask_for_a_login()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());

        var none = await server.PutAsync("/s1/cat.jpg", Hello);
        var bad = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(), Old));

        (none.Status, none["X-Refusal"], none["WWW-Authenticate"]).Should().Be((403, "unsigned", null));
        (bad.Status, bad["X-Refusal"], bad["WWW-Authenticate"]).Should().Be((403, "bad-signature", null));
        server.ExpectLeft();
        server.Metrics.Sum("hfs.refusals", "code=unsigned").Should().Be(1);
        server.Metrics.Sum("hfs.refusals", "code=bad-signature").Should().Be(1);
    }
}
