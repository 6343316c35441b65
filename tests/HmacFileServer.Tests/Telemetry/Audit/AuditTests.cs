using System.Text.Json;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Telemetry.Audit;

public sealed class AuditTests
{
    private const string DeleteSecret = "the secret that deletes, long enough";

    private const string ServiceKey = "0123456789abcdef0123456789abcdef";

    private readonly ManualClock clock = new();

    [Fact]
    public async Task Each_upload_and_each_refusal_is_one_line_that_says_who_what_and_why()
    {
        await using var server = await StartAsync();

        var put = await server.PutAsync(SignedUrls.V("u/cat \"1\".jpg", 5), "hello"u8.ToArray());
        await server.PutAsync(SignedUrls.V("u/cat \"1\".jpg", 5), "hello"u8.ToArray());
        await server.PutAsync("/u/2?v=" + new string('0', 64), "hello"u8.ToArray());
        await server.PutAsync("/s1/cat.jpg", "hello"u8.ToArray(), SignedUrls.Jwt(SignedUrls.Claims()));

        var lines = Read(server.InFolder("audit.jsonl"));
        Text(lines, "event").Should().Equal("started", "stored", "repeated", "refused", "stored");
        Text(lines, "key").Should().Equal(null, "u/cat \"1\".jpg", "u/cat \"1\".jpg", "u/2", "s1/cat.jpg");
        Text(lines, "owner").Should().Equal(null, null, null, null, "alice@example.org");
        Text(lines, "scheme").Should().Equal(null, "v", "v", null, "jwt");
        Text(lines, "code").Should().Equal(null, null, null, "bad-signature", null);
        Text(lines, "address").Should().Equal(null, "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1");
        lines[1].GetProperty("bytes").GetInt64().Should().Be(5);
        lines[1].GetProperty("time").GetString().Should().Be("2023-11-14T22:13:20.000Z");
        lines[1].GetProperty("request").GetString().Should().Be(put["X-Request-Id"]);
        lines[3].GetProperty("status").GetInt32().Should().Be(403);
    }

    [Fact]
    public async Task Every_way_a_file_can_go_is_told_with_who_did_it()
    {
        var more = "[retention]\nmax_age = \"1d\"\n[quotas]\nper_owner = \"8B\"\nwhen_full = \"replace-oldest\"\n";
        await using var server = await StartAsync(more);
        await server.PutAsync("/s1/cat.jpg", "hello"u8.ToArray(), SignedUrls.Jwt(SignedUrls.Claims()));
        await server.PutAsync("/s2/cat.jpg", "hello"u8.ToArray(), SignedUrls.Jwt(SignedUrls.Claims(("slot", "s2"))));
        await server.PutAsync(SignedUrls.V("u/1", 5), "hello"u8.ToArray());

        var token = SignedUrls.Hex($"u/1\0{DeleteSecret}");
        (await server.SendAsync($"DELETE /u/1?token={new string('0', 64)} HTTP/1.1")).Status.Should().Be(403);
        (await server.SendAsync($"DELETE /u/1?token={token} HTTP/1.1")).Status.Should().Be(204);
        await clock.ArmedAsync(TimeSpan.FromMinutes(10));
        clock.Advance(TimeSpan.FromDays(1));
        await server.Log.EventAsync(703);

        var lines = Read(server.InFolder("audit.jsonl"))
            .Where(line => Text(line, "event")!.StartsWith("delet", StringComparison.Ordinal)).ToArray();
        Text(lines, "event").Should().Equal("deleted", "deletion-refused", "deleted", "deleted");
        Text(lines, "key").Should().Equal("s1/cat.jpg", "u/1", "u/1", "s2/cat.jpg");
        Text(lines, "by").Should().Equal("quota", "xmpp-server", "xmpp-server", "sweeper");
        Text(lines, "reason").Should().Equal("crowded", null, "deleted", "expired");
        Text(lines, "owner").Should().Equal("alice@example.org", null, null, "alice@example.org");
    }

    [Fact]
    public async Task Who_asks_for_a_slot_with_a_wrong_key_or_in_a_wrong_way_is_told_of_and_the_key_is_not()
    {
        await using var server = await StartAsync($"[xmpp]\nservice_key = \"{ServiceKey}\"\n");
        var wrong = ServiceKey.Replace('f', 'e');
        await server.GetAsync($"/slot/{wrong}?jid=alice%40example.org&name=cat.jpg&size=5");
        await server.GetAsync($"/slot/{ServiceKey}?jid=alice%40example.org&name=cat.jpg&size=much");

        var text = await File.ReadAllTextAsync(server.InFolder("audit.jsonl"));
        var lines = Read(server.InFolder("audit.jsonl")).Where(line => Text(line, "event") == "slot-refused").ToArray();
        Text(lines, "code").Should().Equal("slots-not-for-you", "bad-request");
        Text(lines, "address").Should().Equal("127.0.0.1", "127.0.0.1");
        text.Should().NotContain(wrong).And.NotContain(ServiceKey);
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_of_once_a_minute_so_that_a_flood_is_none_of_the_log()
    {
        await using var server = await StartAsync("[limits]\nrequests_per_minute = 1\n");
        foreach (var address in new[] { "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2" })
        {
            await server.GetAsync("/u/1", $"X-Forwarded-For: {address}");
        }

        clock.Advance(TimeSpan.FromSeconds(60));
        await server.GetAsync("/u/1", "X-Forwarded-For: 192.0.2.1");
        await server.GetAsync("/u/1", "X-Forwarded-For: 192.0.2.1");

        var lines = Read(server.InFolder("audit.jsonl")).Where(line => Text(line, "event") == "limited").ToArray();
        Text(lines, "address").Should().Equal("192.0.2.1", "192.0.2.2", "192.0.2.1");
        Text(lines, "detail").Should().AllBe("requests_per_minute");
        Text(lines, "code").Should().AllBe("too-many-requests");
    }

    [Fact]
    public async Task What_an_operator_does_by_command_goes_to_the_same_file_with_the_name()
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(
            folder, $"audit_file = \"{folder.File("audit.jsonl")}\"");
        await server.PutAsync(SignedUrls.V("u/1", 5), "hello"u8.ToArray());
        var hash = new string('a', 64);
        string[] config = ["-c", folder.File("config.toml")];

        await BuiltProgram.RunAsync(
            folder.Path, ["files", "delete", "u/1", "--yes", .. config], ("SUDO_USER", "carol"));
        await BuiltProgram.RunAsync(folder.Path, ["files", "block-hash", hash, .. config], ("SUDO_USER", "carol"));
        await server.PutAsync(SignedUrls.V("u/1", 5), "hello"u8.ToArray());
        await server.StopAsync();

        var lines = Read(folder.File("audit.jsonl"));
        Text(lines, "event").Should().Equal("started", "stored", "deleted", "blocked", "refused", "stopped");
        Text(lines, "user").Should().Equal(null, null, "carol", "carol", null, null);
        Text(lines[3], "sha256").Should().Be(hash);
    }

    [Fact]
    public async Task An_audit_log_that_cannot_be_written_is_counted_and_told_once_and_uploads_go_on()
    {
        await using var server = await TestServer.StartAsync(
            more: "[logging]\nlevel = \"critical\"\naudit_file = \"/dev/full\"\n");

        (await server.PutAsync(SignedUrls.V("u/1", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        (await server.PutAsync(SignedUrls.V("u/2", 5), "hello"u8.ToArray())).Status.Should().Be(201);

        server.Metrics.Sum("hfs.audit.failed").Should().Be(3, "the start is a line, too");
        server.Log.Of(650).Should().ContainSingle();
        server.ExpectLeft("u/1", "u/2");
    }

    private static JsonElement[] Read(string file) =>
        [.. File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string? Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static IEnumerable<string?> Text(IEnumerable<JsonElement> lines, string name) =>
        lines.Select(line => Text(line, name));

    private Task<TestServer> StartAsync(string more = "") => TestServer.StartAsync(
        "public_url = \"https://upload.example.org/\"",
        security: $"delete_secret = \"{DeleteSecret}\"",
        more: "[logging]\nlevel = \"critical\"\naudit_file = \"{folder}/audit.jsonl\"\n" + more,
        clock: clock);
}
