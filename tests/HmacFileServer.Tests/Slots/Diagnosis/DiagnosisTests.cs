using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots.Diagnosis;

public sealed class DiagnosisTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Theory]
    [InlineData("", "v", "a/b.txt", 5, "", "/upload/a/b.txt", "it matches with base_path = \"/upload/\"")]
    [InlineData("/upload/", "v", "upload/a/b.txt", 5, "", "/upload/a/b.txt", "it matches with base_path = \"/\"")]
    [InlineData("/u/", "v", "b.txt", 5, "", "/u/a/b.txt", "it matches with base_path = \"/u/a/\"")]
    [InlineData("", "v", "a/b.txt", 21, "", "/a/b.txt", "it matches with size 21: the client sent 5 bytes")]
    [InlineData("", "v2", "a/b.txt", 21, "text/plain", "/a/b.txt", "it matches with size 21: the client sent 5 bytes")]
    [InlineData("", "token", "a/b.txt", 5, "", "/upload/a/b.txt", "it matches with base_path = \"/upload/\"")]
    [InlineData("", "v2", "a/b.txt", 5, "text/html", "/a/b.txt",
        "compare the secret or the content type with the XMPP server's")]
    public async Task The_log_says_what_would_have_matched(
        string basePath, string scheme, string key, long size, string type, string target, string reason)
    {
        await using var server = await TestServer.StartAsync(basePath.Length > 0 ? $"base_path = \"{basePath}\"" : "");
        var signed = scheme == "v" ? SignedUrls.V(key, size) : SignedUrls.V2(key, size, type, scheme);

        var put = await server.PutAsync($"{target}?{signed.Split('?')[1]}", Hello, "Content-Type: image/png");

        put["X-Refusal"].Should().Be("bad-signature");
        server.Log.Of(300).Should().ContainSingle().Which.Should().EndWith(reason);
    }

    [Theory]
    [InlineData("/upload/", "/a/b.txt", "its signature matches with base_path = \"/\"")]
    [InlineData("/upload/", "/files/a/b.txt", "its signature matches with base_path = \"/files/\"")]
    [InlineData("/upload/", "/other/x/b.txt", "the proxy or base_path changes the path")]
    public async Task A_path_outside_the_base_path_is_explained(string basePath, string target, string reason)
    {
        await using var server = await TestServer.StartAsync($"base_path = \"{basePath}\"");

        await server.PutAsync($"{target}?{SignedUrls.V("a/b.txt", 5).Split('?')[1]}", "hello"u8.ToArray());

        server.Log.Of(310).Should().Equal($"The path {target} does not begin with base_path {basePath}: {reason}");
    }

    [Fact]
    public async Task A_v3_url_that_was_signed_without_its_prefix_is_told_so()
    {
        await using var server = await TestServer.StartAsync("base_path = \"/upload/\"", clock: new ManualClock());

        await server.PutAsync("/upload" + SignedUrls.V3("PUT", "/a/b.txt", 1_700_000_000), Hello);

        server.Log.Of(300).Should().ContainSingle().Which.Should().Contain("when the path is /a/b.txt");
    }

    [Theory]
    [InlineData("v=abc", "it is not 64 hex digits")]
    [InlineData("v=0000000000000000000000000000000000000000000000000000000000000000",
        "compare the secret with the XMPP server's")]
    public async Task What_matches_nothing_is_told_as_it_is(string query, string reason)
    {
        await using var server = await TestServer.StartAsync();

        await server.PutAsync($"/a/b.txt?{query}", Hello);

        server.Log.Of(300).Should().ContainSingle().Which.Should().EndWith(reason);
    }

    [Fact]
    public async Task A_flood_of_bad_signatures_is_explained_a_few_times_a_second()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock);

        for (var i = 0; i < 12; i++)
        {
            await server.PutAsync("/a/b.txt?v=00", Hello);
        }

        server.Log.Of(300).Should().HaveCount(5);
        clock.Advance(TimeSpan.FromSeconds(1));
        await server.PutAsync("/a/b.txt?v=00", Hello);
        server.Log.Of(300).Should().HaveCount(6);
        server.Metrics.Sum("hfs.refusals", "code=bad-signature").Should().Be(13);
    }

    [Fact]
    public async Task The_explanation_gives_nothing_away()
    {
        await using var server = await TestServer.StartAsync(
            security: "previous_secrets = [\"the secret of last year\"]");
        var url = SignedUrls.V("a/b.txt", 21);

        var put = await server.PutAsync(url, Hello);

        put.Text.Should().Be("The signature does not match.\n");
        var log = string.Join('\n', server.Log.Lines.Where(line => line.Id == 300).Select(line => line.Text));
        log.Should().NotContain(SignedUrls.Secret).And.NotContain(url.Split('=')[1]).And.NotContain("last year");
    }
}
