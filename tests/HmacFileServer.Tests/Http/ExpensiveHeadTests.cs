using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

/// <summary>What a stranger writes into a head before anything is signed costs a bounded amount of work.</summary>
public sealed class ExpensiveHeadTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Theory]
    [Provokes("bad-request")]
    [InlineData("PUT")]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    public async Task A_query_of_more_than_32_parameters_is_400(string method)
    {
        await using var server = await TestServer.StartAsync(security: "delete_secret = \"0123456789abcdef\"");

        foreach (var query in new[] { Query(33), new string('&', 32), new string('&', 20_000) })
        {
            var answer = await server.SendAsync($"{method} /s1/f?{query} HTTP/1.1", "Content-Length: 0");

            (answer.Status, answer["X-Refusal"]).Should().Be((400, "bad-request"));
        }

        (await server.SendAsync($"{method} /s1/f?{Query(32)} HTTP/1.1", "Content-Length: 0"))
            ["X-Refusal"].Should().NotBe("bad-request");
    }

    [Fact]
    public async Task The_slot_url_has_the_same_bound()
    {
        await using var server = await TestServer.StartAsync(
            "public_url = \"https://upload.example.org/\"",
            more: "[xmpp]\nservice_key = \"0123456789abcdef\"");
        const string Asked = "/slot/0123456789abcdef?jid=alice%40example.org&name=a.jpg&size=5";

        (await server.GetAsync(Asked + new string('&', 29))).Status.Should().Be(200);
        (await server.GetAsync(Asked + new string('&', 30)))["X-Refusal"].Should().Be("bad-request");
    }

    [Fact]
    public async Task A_signature_is_found_among_32_parameters_wherever_it_stands()
    {
        await using var server = await TestServer.StartAsync();
        var signed = SignedUrls.V("s1/f", 5);

        (await server.PutAsync($"{signed}&{Query(31)}", Hello)).Status.Should().Be(201);
        (await server.PutAsync(signed.Replace("?", $"?{Query(31)}&", StringComparison.Ordinal), Hello))
            .Status.Should().Be(201);
    }

    [Theory]
    [InlineData("Range: bytes=", "0-0")]
    [InlineData("If-None-Match: ", "\"x\"")]
    [InlineData("If-Match: ", "\"x\"")]
    public async Task A_list_of_more_than_2_kilobytes_in_a_condition_is_400(string header, string item)
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("s1/f", 5), Hello);
        string List(int items) => header + string.Join(',', Enumerable.Repeat(item, items));

        (await server.GetAsync("/s1/f", List(100))).Status.Should().BeOneOf(200, 206, 412);
        (await server.GetAsync("/s1/f", List(600)))["X-Refusal"].Should().Be("bad-request");
        (await server.GetAsync("/s1/f", List(200), List(200), List(200)))["X-Refusal"].Should().Be("bad-request");
    }

    [Fact]
    public async Task Of_many_forwarded_addresses_the_last_counts_and_the_rest_are_not_read()
    {
        await using var server = await TestServer.StartAsync();
        var many = string.Join(',', Enumerable.Range(0, 2000).Select(i => $"10.0.{i / 250}.{i % 250}"));

        await server.PutAsync(
            SignedUrls.V("s1/f", 5), Hello, $"X-Forwarded-For: {many}", $"X-Forwarded-For: {many}, 192.0.2.7");
        await server.PutAsync(
            SignedUrls.V("s1/g", 5), Hello, $"X-Forwarded-For: {many}, 192.0.2.8, 127.0.0.1, 127.0.0.2");

        server.Log.Of(100).Should().HaveCount(2);
        server.Log.Of(100).First().Should().EndWith("from 192.0.2.7");
        server.Log.Of(100).Last().Should().EndWith("from 192.0.2.8");
    }

    [Fact]
    public async Task A_token_of_more_than_16_kilobytes_is_none()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        string Token(int padding) => SignedUrls.Jwt(SignedUrls.Claims(("more", new string('x', padding))));

        (await server.PutAsync("/s1/cat.jpg", Hello, Token(20_000))).Status.Should().Be(403);
        (await server.PutAsync("/s1/cat.jpg", Hello, Token(10_000))).Status.Should().Be(201);
    }

    private static string Query(int parameters) => string.Join('&', Enumerable.Range(0, parameters).Select(i => $"p{i}=x"));
}
