using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

public sealed class CorsTests
{
    [Fact]
    public async Task A_preflight_is_answered_without_a_token()
    {
        await using var server = await TestServer.StartAsync();

        var answer = await server.SendAsync(
            "OPTIONS /a/b.txt HTTP/1.1", "Origin: https://chat.example", "Access-Control-Request-Method: PUT",
            "Access-Control-Request-Headers: Authorization,Content-Type,Range");

        answer.Status.Should().Be(204);
        answer["Access-Control-Allow-Origin"].Should().Be("*");
        answer["Access-Control-Max-Age"].Should().Be("86400");
        answer["Access-Control-Allow-Credentials"].Should().BeNull();
        List(answer["Access-Control-Allow-Methods"]).Should().BeEquivalentTo("OPTIONS", "HEAD", "GET", "PUT");
        List(answer["Access-Control-Allow-Headers"]).Should().Contain(["Authorization", "Content-Type", "Range"]);
    }

    [Theory]
    [InlineData("authorization", "authorization")]
    [InlineData("x-anything, authorization,content-type", "x-anything,authorization,content-type")]
    [InlineData("X-A!#$%&'*+-.^_`|~0", "X-A!#$%&'*+-.^_`|~0")]
    [InlineData("x-good, not a token, x(bad), ünfug, x-fine", "x-good,x-fine")]
    public async Task A_preflight_allows_whatever_headers_the_page_wants_to_send(string asked, string allowed)
    {
        await using var server = await TestServer.StartAsync();

        var answer = await PreflightAsync(server, asked);

        answer.Status.Should().Be(204);
        List(answer["Access-Control-Allow-Headers"]).Should().Equal(allowed.Split(','));
        answer["Access-Control-Allow-Credentials"].Should().BeNull();
    }

    [Fact]
    public async Task A_preflight_echoes_no_more_than_a_page_needs()
    {
        await using var server = await TestServer.StartAsync();
        var names = Enumerable.Range(1000, 1000).Select(number => $"x-{number}").ToArray();

        var answer = await PreflightAsync(server, string.Join(',', names));

        var echoed = answer["Access-Control-Allow-Headers"]!;
        echoed.Length.Should().BeInRange(1000, 2048);
        List(echoed).Should().Equal(names.Take(List(echoed).Length));
    }

    [Fact]
    public async Task A_preflight_of_a_page_that_is_not_named_is_told_nothing()
    {
        await using var server = await TestServer.StartAsync(
            more: "[cors]\nallow_origins = [\"https://one.example\"]");

        (await PreflightAsync(server, "x-any"))["Access-Control-Allow-Origin"].Should().BeNull();
    }

    [Fact]
    public async Task Options_without_a_browser_says_what_there_is()
    {
        await using var server = await TestServer.StartAsync();

        var answer = await server.SendAsync("OPTIONS /a/b.txt HTTP/1.1");

        (answer.Status, answer["Allow"]).Should().Be((204, "GET, HEAD, OPTIONS, PUT"));
    }

    [Fact]
    public async Task Every_answer_may_be_read_by_a_web_page()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        string[] origin = ["Origin: https://chat.example"];

        var answers = new[]
        {
            await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray(), origin),
            await server.PutAsync(SignedUrls.V("a/b", 5), "other"u8.ToArray(), origin),
            await server.PutAsync("/a/c?v=00", "hello"u8.ToArray(), origin),
            await server.PutAsync("/a/../c", "hello"u8.ToArray(), origin),
            await server.PutAsync("/a/c", "hello"u8.ToArray(), origin),
            await server.GetAsync("/a/b", origin),
            await server.GetAsync("/a/b", [.. origin, "Range: bytes=9-"]),
            await server.GetAsync("/a/c", origin),
            await server.SendAsync("DELETE /a/b HTTP/1.1", origin),
        };

        answers.Select(answer => answer.Status).Should().Equal(201, 409, 403, 400, 403, 200, 416, 404, 405);
        answers.Should().OnlyContain(answer => answer["Access-Control-Allow-Origin"] == "*");
        answers.Should().OnlyContain(
            answer => List(answer["Access-Control-Expose-Headers"]).Contains("Content-Length"));
    }

    [Fact]
    public async Task Origins_can_be_named()
    {
        await using var server = await TestServer.StartAsync(
            more: "[cors]\nallow_origins = [\"https://one.example\", \"https://two.example\"]");

        var one = await server.GetAsync("/a", "Origin: https://one.example");
        var other = await server.GetAsync("/a", "Origin: https://evil.example");

        (one["Access-Control-Allow-Origin"], one["Vary"]).Should().Be(("https://one.example", "Origin"));
        other["Access-Control-Allow-Origin"].Should().BeNull();
    }

    [Theory]
    [InlineData("\"https://one.example\"")]
    [InlineData("\"https://one.example\", \"https://two.example\"")]
    public async Task A_cache_is_told_that_the_answer_to_one_origin_is_not_for_another(string origins)
    {
        await using var server = await TestServer.StartAsync(more: $"[cors]\nallow_origins = [{origins}]");

        foreach (var headers in new string[][] { [], ["Origin: https://one.example"], ["Origin: https://evil.example"] })
        {
            (await server.GetAsync("/a", headers)).Headers.Where(line => line.StartsWith("Vary:", StringComparison.Ordinal))
                .Should().Equal("Vary: Origin");
        }
    }

    [Fact]
    public async Task Cors_can_be_off()
    {
        await using var server = await TestServer.StartAsync(more: "[cors]\nenabled = false");

        var answer = await server.GetAsync("/a", "Origin: https://chat.example");

        answer["Access-Control-Allow-Origin"].Should().BeNull();
    }

    [Theory]
    [Provokes("method-not-allowed")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("PROPFIND")]
    public async Task A_method_we_do_not_have_is_405_and_says_which_we_have(string method)
    {
        await using var server = await TestServer.StartAsync();

        var answer = await server.SendAsync($"{method} /a/b.txt HTTP/1.1", "Content-Length: 0");

        (answer.Status, answer["Allow"], answer["X-Refusal"], answer["Content-Length"])
            .Should().Be((405, "GET, HEAD, OPTIONS, PUT", "method-not-allowed", "0"));
    }

    private static Task<RawResponse> PreflightAsync(TestServer server, string headers) => server.SendAsync(
        "OPTIONS /a/b.txt HTTP/1.1", "Origin: https://chat.example", "Access-Control-Request-Method: PUT",
        $"Access-Control-Request-Headers: {headers}");

    private static string[] List(string? header) => (header ?? "").Split(',', StringSplitOptions.TrimEntries);
}
