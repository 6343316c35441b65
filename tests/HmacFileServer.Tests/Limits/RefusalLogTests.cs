using System.Text.Json;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Limits;

public sealed class RefusalLogTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();
    private static readonly string NoMac = new('0', 64);

    private readonly ManualClock clock = new();

    [Fact]
    public async Task The_first_refusal_of_each_kind_is_reported_in_full_and_the_others_in_one_line_a_minute()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 50; i++)
        {
            await server.PutAsync($"/u/{i}?v={NoMac}", Hello);
            await server.PutAsync($"/u/{i}", Hello);
        }

        clock.Advance(TimeSpan.FromMinutes(1));
        await server.PutAsync($"/u/again?v={NoMac}", Hello);

        server.Log.Of(101).Should().Equal(
            "Refused u/0: 403 bad-signature, from 127.0.0.1",
            "Refused u/0: 403 unsigned, from 127.0.0.1",
            "Refused u/again: 403 bad-signature, from 127.0.0.1");
        server.Log.Of(107).Should().BeEquivalentTo(
            "49 more within a minute: refused bad-signature, from 127.0.0.1",
            "49 more within a minute: refused unsigned, from 127.0.0.1");
        server.Metrics.Sum("hfs.refusals").Should().Be(101);
        var audit = Audit(server);
        audit.Select(line => line.GetProperty("event").GetString()).Should().BeEquivalentTo(
            "started", "refused", "refused", "refused-again", "refused-again", "refused");
        audit.Where(line => line.TryGetProperty("count", out _))
            .Should().OnlyContain(line => line.GetProperty("count").GetInt64() == 49
                && line.GetProperty("address").GetString() == "127.0.0.1"
                && line.GetProperty("detail").GetString() == "refused");
    }

    [Fact]
    public async Task A_flood_from_many_addresses_is_a_bounded_number_of_lines()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 400; i++)
        {
            await server.PutAsync($"/u/{i}?v={NoMac}", Hello, $"X-Forwarded-For: 192.0.{i / 200}.{1 + (i % 200)}");
        }

        server.Log.Of(101).Should().HaveCount(256);
        server.Log.Of(300).Should().HaveCountLessThanOrEqualTo(60);
        clock.Advance(TimeSpan.FromMinutes(1));
        server.Log.Of(107).Should().BeEmpty();
        server.Log.Of(108).Should().ContainSingle().Which.Should().StartWith("Refused 144 more requests");
        Audit(server).Should().HaveCount(1 + 256 + 1);
    }

    [Fact]
    public async Task Addresses_of_one_home_are_one_client()
    {
        await using var server = await StartAsync();
        for (var i = 1; i <= 20; i++)
        {
            await server.PutAsync($"/u/{i}?v={NoMac}", Hello, $"X-Forwarded-For: 2001:db8::{i:x}");
        }

        server.Log.Of(101).Should().ContainSingle();
    }

    [Theory]
    [InlineData("PUT", "/u/{long}?v=00", "bad-path")]
    [InlineData("PUT", "/../{long}?v=00", "bad-path")]
    [InlineData("DELETE", "/u/{long}?token=00", "bad-path")]
    [InlineData("GET", "/u/{long}", "not-found")]
    public async Task A_refused_request_writes_a_short_line_however_long_its_path(
        string method, string path, string code)
    {
        await using var server = await StartAsync();
        var target = path.Replace(
            "{long}", string.Concat(Enumerable.Repeat("name%2Eof%2ethings/", 1200)), StringComparison.Ordinal);

        var answer = method == "PUT"
            ? await server.PutAsync(target + "x", Hello)
            : await server.SendAsync($"{method} {target}x HTTP/1.1");

        if (code == "bad-path")
        {
            (answer.Status, answer["X-Refusal"]).Should().Be((400, code));
        }

        server.Log.Lines.Where(line => line.Category.StartsWith("HmacFileServer", StringComparison.Ordinal))
            .Should().OnlyContain(line => line.Text.Length < 500);
        File.ReadLines(server.InFolder("audit.jsonl")).Should().OnlyContain(line => line.Length < 700);
    }

    [Fact]
    public async Task A_key_of_two_kilobytes_is_stored_and_one_more_byte_is_a_bad_path_when_it_is_put()
    {
        await using var server = await StartAsync();
        string Key(int bytes) => "u/" + new string('x', 900) + "/" + string.Concat(
            Enumerable.Repeat("ü", (bytes - 903) / 2)) + new string('y', (bytes - 903) % 2);

        (await server.PutAsync(SignedUrls.V(Key(2048), 5), Hello)).Status.Should().Be(201);
        (await server.GetAsync(SignedUrls.Path(Key(2048)))).Text.Should().Be("hello");

        var longer = await server.PutAsync(SignedUrls.V(Key(2049), 5), Hello);
        (longer.Status, longer["X-Refusal"]).Should().Be((400, "bad-path"));
    }

    [Fact]
    public async Task Who_sets_the_server_up_sees_each_reason_although_the_refusals_are_counted()
    {
        await using var server = await StartAsync();

        await server.PutAsync("/a/b.txt?" + SignedUrls.V("b.txt", 5).Split('?')[1], Hello);
        await server.PutAsync(SignedUrls.V("a/b.txt", 21), Hello);
        await server.PutAsync(SignedUrls.V("a/b.txt", 5, "another secret"), Hello);

        server.Log.Of(101).Should().ContainSingle();
        server.Log.Of(300).Should().SatisfyRespectively(
            line => line.Should().EndWith("base_path = \"/a/\""),
            line => line.Should().EndWith("size 21: the client sent 5 bytes"),
            line => line.Should().EndWith("compare the secret with the XMPP server's"));
    }

    private static JsonElement[] Audit(TestServer server) =>
        [.. File.ReadLines(server.InFolder("audit.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    private Task<TestServer> StartAsync() => TestServer.StartAsync(
        security: "delete_secret = \"the secret that deletes, 0123456789\"",
        more: "[logging]\nlevel = \"critical\"\naudit_file = \"{folder}/audit.jsonl\"\n", clock: clock);
}
