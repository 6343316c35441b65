using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots.Diagnosis;

public sealed class RightButUnusableTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Theory]
    [InlineData("filename")]
    [InlineData("exp")]
    public async Task A_token_without_a_claim_is_told_which_one(string claim)
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());

        var put = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims((claim, null))));

        put["X-Refusal"].Should().Be("bad-signature");
        server.Log.Of(304).Should().ContainSingle().Which
            .Should().EndWith($"can't be used: the claim {claim} is missing or not of its type");
        server.Log.Of(300).Should().BeEmpty();
    }

    [Fact]
    public async Task A_token_of_another_algorithm_is_told_so_whether_or_not_its_mac_is_right()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        var header = new { alg = "HS512" };

        await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(), header: header));
        await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims(), "another secret", header));

        server.Log.Of(304).Should().ContainSingle().Which.Should().Contain("algorithm is not HS256");
        server.Log.Of(300).Should().ContainSingle().Which.Should().Contain("algorithm is not HS256");
    }

    [Fact]
    public async Task A_signed_url_whose_expiry_is_no_time_is_told_so()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        var mac = SignedUrls.Hex("PUT\nsoon\n/a/b");

        await server.PutAsync($"/a/b?v3={mac}&expires=soon", Hello);

        server.Log.Of(304).Should().ContainSingle().Which.Should().EndWith("expires is not a time in Unix seconds");
    }

    [Theory]
    [InlineData("GET", "PUT", "/upload/a/b", "it was signed for PUT, not GET")]
    [InlineData("HEAD", "HEAD", "/upload/a/b", "it was signed for HEAD, not GET")]
    [InlineData("GET", "GET", "/a/b", "it matches when the path is /a/b: the proxy or base_path changes it")]
    public async Task A_download_whose_signature_does_not_match_is_told_why(
        string method, string signedMethod, string path, string reason)
    {
        await using var server = await TestServer.StartAsync(
            "base_path = \"/upload/\"", "require_signed_downloads = true", clock: new ManualClock());
        var query = SignedUrls.V3(signedMethod, path, 1_700_000_000).Split('?')[1];

        var get = await server.SendAsync($"{method} /upload/a/b?{query} HTTP/1.1");

        get["X-Refusal"].Should().Be("bad-signature");
        server.Log.Of(300).Should().ContainSingle().Which.Should().EndWith("does not match: " + reason);
    }

    [Fact]
    public async Task Without_a_content_type_a_v2_url_may_as_well_be_signed_for_another_type()
    {
        await using var server = await TestServer.StartAsync();

        await server.PutAsync(SignedUrls.V2("a/b.txt", 5, "application/x-unheard-of"), Hello);

        server.Log.Of(300).Should().ContainSingle()
            .Which.Should().EndWith("compare the secret or the content type with the XMPP server's");
    }

    [Fact]
    public async Task That_a_previous_secret_is_in_use_is_told_once_an_hour()
    {
        const string Old = "the secret of last year";
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(security: $"previous_secrets = [\"{Old}\"]", clock: clock);

        await server.PutAsync(SignedUrls.V("a/0", 5), Hello);
        server.Log.Of(305).Should().BeEmpty("the current secret is nothing to report");
        await server.PutAsync(SignedUrls.V("a/1", 5, Old), Hello);
        await server.PutAsync(SignedUrls.V("a/2", 5, Old), Hello);

        server.Log.Of(305).Should().ContainSingle()
            .Which.Should().StartWith("A v signature was made with a previous secret");
        clock.Advance(TimeSpan.FromHours(1));
        await server.PutAsync(SignedUrls.V("a/3", 5, Old), Hello);
        server.Log.Of(305).Should().HaveCount(2).And.AllSatisfy(line => line.Should().NotContain(Old));
    }
}
