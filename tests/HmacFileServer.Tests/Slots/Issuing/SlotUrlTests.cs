using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots.Issuing;

/// <summary>What ejabberd's mod_http_upload asks with <c>service_url</c>; it knows 402, 403 and 413.</summary>
public sealed class SlotUrlTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";
    private const string PublicUrl = "public_url = \"https://upload.example.org/files/\"\nbase_path = \"/files/\"\n";
    private const string Asked = "?jid=alice%40example.org&name=tr%C3%A8s%20cool.jpg&size=5&content_type=image%2Fjpeg";

    [Fact]
    public async Task Two_lines_say_where_to_put_and_where_to_get()
    {
        await using var server = await StartAsync();

        var answer = await server.GetAsync($"/files/slot/{Key}{Asked}");

        answer.Status.Should().Be(200);
        answer["Cache-Control"].Should().Be("no-store");
        answer.Text.Should().MatchRegex(
            @"^https://upload\.example\.org/files/jwt/[\w-]+\.[\w-]+\.[\w-]+/[\w-]{24}/tr_s_cool\.jpg\n"
            + @"https://upload\.example\.org/files/[\w-]{24}/tr_s_cool\.jpg\n$",
            "ejabberd would escape any other character again");
        var lines = answer.Text.Split('\n')
            .Select(url => url.Replace("https://upload.example.org", "", StringComparison.Ordinal)).ToArray();
        (await server.PutAsync(lines[0], "hello"u8.ToArray())).Status.Should().Be(201);
        var get = await server.GetAsync(lines[1]);
        get.Text.Should().Be("hello");
        get["Content-Type"].Should().Be("image/jpeg");
        server.Log.Of(100).Single().Should().Contain("5 bytes for alice@example.org, signed jwt");
        server.Metrics.Sum("hfs.slots", "entrance=service-url").Should().Be(1);
    }

    [Theory]
    [InlineData("/files/slot/0123456789abcdef0123456789abcdee")]
    [InlineData("/files/slot/")]
    [InlineData("/files/slot")]
    [InlineData($"/files/slot/{Key}/")]
    [InlineData($"/files/slot/{Key}{Key}")]
    [Provokes("slots-not-for-you")]
    public async Task Without_the_key_there_are_no_slots(string path)
    {
        await using var server = await StartAsync();

        var answer = await server.GetAsync(path + Asked);

        answer.Status.Should().Be(403);
        answer["X-Refusal"].Should().Be("slots-not-for-you");
        server.Log.Of(303).Should().ContainSingle();
    }

    [Theory]
    [InlineData("192.0.2.0/24", "", "192.0.2.1", 200)]
    [InlineData("192.0.2.0/24", "", "192.0.3.1", 403)]
    [InlineData("192.0.2.0/24", "", null, 403)]
    [InlineData("127.0.0.0/8", Key, null, 200)]
    [InlineData("127.0.0.0/8", Key, "192.0.2.1", 403)]
    [InlineData("127.0.0.0/8", "another-key-of-the-same-sort", null, 403)]
    [InlineData("10.0.0.0/8", Key, null, 403)]
    public async Task An_address_opens_the_door_and_with_a_key_both_must_fit(
        string network, string key, string? forwardedFor, int status)
    {
        await using var server = await StartAsync(
            $"service_addresses = [\"{network}\"]\n" + (key.Length > 0 ? $"service_key = \"{Key}\"\n" : ""));

        string[] headers = forwardedFor is null ? [] : [$"X-Forwarded-For: {forwardedFor}"];
        (await server.GetAsync($"/files/slot/{key}{Asked}", headers)).Status.Should().Be(status);
    }

    [Fact]
    public async Task It_is_off_unless_the_settings_open_it()
    {
        await using var server = await TestServer.StartAsync(PublicUrl);

        (await server.GetAsync($"/files/slot{Asked}")).Status.Should().Be(404);
    }

    [Fact]
    public async Task Files_whose_names_are_like_it_are_still_served()
    {
        await using var server = await StartAsync();
        await server.PutAsync("/files" + SignedUrls.V("slot/cat.jpg", 5), "hello"u8.ToArray());

        (await server.GetAsync("/files/slot/cat.jpg")).Text.Should().Be("hello");
    }

    [Theory]
    [InlineData("?jid=alice%40example.org&name=a.jpg&size=21", 413, "too-large")]
    [InlineData("?jid=alice%40example.org&name=a.exe&size=5", 403, "slot-type-not-allowed")]
    [InlineData("?jid=eve%40elsewhere.example&name=a.jpg&size=5", 403, "slots-not-for-you")]
    [InlineData("?jid=alice%40example.org&name=a.jpg&size=-1", 400, "bad-request")]
    [InlineData("?jid=alice%40example.org&name=a.jpg&size=0", 400, "bad-request")]
    [InlineData("?jid=alice%40example.org&name=a.jpg", 400, "bad-request")]
    [InlineData("?jid=alice%40example.org&size=5", 400, "bad-request")]
    [InlineData("?jid=alice%40example.org&name=..&size=5", 400, "bad-request")]
    [InlineData("?jid=%40&name=a.jpg&size=5", 400, "bad-request")]
    [InlineData("?jid=full%40example.org&name=a.jpg&size=5", 402, "no-room")]
    [Provokes("slot-type-not-allowed")]
    [Provokes("no-room")]
    public async Task Each_refusal_has_the_status_that_ejabberd_knows(string query, int status, string code)
    {
        await using var server = await StartAsync(
            $"service_key = \"{Key}\"\nallow = [\"example.org\"]\n",
            "max_upload_size = 20\n",
            "[uploads]\nblocked_extensions = [\"exe\"]\n[quotas]\nper_owner = 20\n"
                + "custom = { \"full@example.org\" = \"9B\" }\n");
        await FillAsync(server);

        var answer = await server.GetAsync($"/files/slot/{Key}{query}");

        answer.Status.Should().Be(status);
        answer["X-Refusal"].Should().Be(code);
        answer.Text.Should().BeEmpty();
    }

    [Fact]
    public async Task The_key_is_in_no_log()
    {
        await using var server = await StartAsync();

        await server.GetAsync($"/files/slot/{Key}{Asked}");

        server.Log.Lines.Where(line => line.Category.StartsWith("HmacFileServer", StringComparison.Ordinal))
            .Should().NotContain(line => line.Text.Contains(Key, StringComparison.Ordinal));
        server.Settings.AllSecrets.Should().Contain(secret => secret.IsIn(Key));
    }

    private static Task<TestServer> StartAsync(string? xmpp = null, string server = "", string more = "") =>
        TestServer.StartAsync(PublicUrl + server, more: $"{more}[xmpp]\n{xmpp ?? $"service_key = \"{Key}\""}\n");

    private static async Task FillAsync(TestServer server)
    {
        var slot = (await server.GetAsync($"/files/slot/{Key}?jid=full%40example.org&name=a.jpg&size=5"))
            .Text.Split('\n')[0];
        (await server.PutAsync(new Uri(slot).PathAndQuery, "hello"u8.ToArray())).Status.Should().Be(201);
    }
}
