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
