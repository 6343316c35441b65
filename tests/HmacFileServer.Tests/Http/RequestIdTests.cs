using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

public sealed class RequestIdTests
{
    [Fact]
    public async Task Every_answer_carries_the_id_that_the_log_has()
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder);

        var put = await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray());
        var refused = await server.PutAsync("/a/c?v=" + new string('0', 64), "hello"u8.ToArray());
        await server.StopAsync();

        put["X-Request-Id"].Should().MatchRegex("^[0-9a-f]{16}$");
        refused["X-Request-Id"].Should().MatchRegex("^[0-9a-f]{16}$").And.NotBe(put["X-Request-Id"]);
        server.Output.Should().MatchRegex($"Stored a/b, .*\\({put["X-Request-Id"]}\\)\n")
            .And.MatchRegex($"Refused a/c: 403 .*\\({refused["X-Request-Id"]}\\)");
    }

    [Fact]
    public async Task An_answer_to_what_went_wrong_carries_it_too_and_is_as_readable_to_a_web_page()
    {
        await using var server = await TestServer.StartAsync();
        Directory.Delete(server.IncomingPath);
        await File.WriteAllTextAsync(server.IncomingPath, "no folder");

        var plain = await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray(), "X-Request-Id: from-the-proxy");
        var page = await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray(), "Origin: https://chat.example.org");

        plain.Status.Should().BeGreaterThanOrEqualTo(500);
        plain["X-Request-Id"].Should().Be("from-the-proxy");
        plain["Access-Control-Allow-Origin"].Should().Be("*");
        plain["Access-Control-Expose-Headers"].Should().Contain("X-Request-Id");
        page["X-Request-Id"].Should().MatchRegex("^[0-9a-f]{16}$");
        page["Access-Control-Allow-Origin"].Should().Be("*");
    }

    [Fact]
    public async Task The_log_has_what_we_say_of_a_request_and_nothing_that_the_framework_would_add_to_each()
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder, "format = \"json\"");

        await server.PutAsync(SignedUrls.V("a/b", 5), "hello"u8.ToArray());
        await server.StopAsync();

        server.Output.Split('\n').Should().Contain(line => line.Contains("\"Key\":\"a/b\"", StringComparison.Ordinal))
            .Which.Should().Contain("\"RequestId\"").And.NotContainAny("RequestPath", "TraceId", "SpanId");
    }

    [Theory]
    [InlineData("", "proxy-1.0:4711", "proxy-1.0:4711")]
    [InlineData("trusted_proxies = []", "proxy-1.0:4711", null)]
    [InlineData("", "two words", null)]
    [InlineData("", "0123456789012345678901234567890123456789012345678", null)]
    public async Task A_trusted_proxys_own_id_is_kept_and_no_strangers(string server, string given, string? kept)
    {
        await using var started = await TestServer.StartAsync(server);

        var answer = await started.GetAsync("/health", $"X-Request-Id: {given}");

        if (kept is null)
        {
            answer["X-Request-Id"].Should().MatchRegex("^[0-9a-f]{16}$");
        }
        else
        {
            answer["X-Request-Id"].Should().Be(kept);
        }
    }

    [Fact]
    public async Task A_web_client_may_read_it()
    {
        await using var server = await TestServer.StartAsync();

        (await server.GetAsync("/none", "Origin: https://chat.example.org"))["Access-Control-Expose-Headers"]
            .Should().Contain("X-Request-Id");
    }
}
