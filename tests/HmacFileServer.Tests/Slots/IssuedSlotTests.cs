using System.Buffers.Text;
using System.Text;
using HmacFileServer.Slots.Issuing;
using HmacFileServer.Slots.Schemes;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots;

/// <summary>What the slots are worth that we issue, at the door where they are used.</summary>
public sealed class IssuedSlotTests
{
    private const string PublicUrl = "public_url = \"https://upload.example.org/\"";

    private static readonly SlotOrder FiveBytes = new("alice@example.org", "cat.jpg", 5) { ContentType = "image/jpeg" };

    [Theory]
    [InlineData("header")]
    [InlineData("query")]
    [InlineData("path")]
    public async Task A_slot_stores_its_file_wherever_the_token_stands(string place)
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var slot = Issue(server, FiveBytes);

        var put = place switch
        {
            "query" => await server.PutAsync(Target(slot.PutUrlWithToken), "hello"u8.ToArray()),
            "path" => await server.PutAsync(Target(slot.PutUrlWithTokenInPath), "hello"u8.ToArray()),
            _ => await server.PutAsync(
                Target(slot.PutUrl), "hello"u8.ToArray(), "Authorization: " + slot.Authorization),
        };
        var get = await server.GetAsync(Target(slot.GetUrl));

        put.Status.Should().Be(201, put.Text);
        get.Text.Should().Be("hello");
        get["Content-Type"].Should().Be("image/jpeg");
        server.Log.Of(100).Single().Should().EndWith("5 bytes for alice@example.org, signed jwt, from 127.0.0.1");
    }

    [Theory]
    [InlineData("hello!", 413)]
    [InlineData("hell", 413)]
    [InlineData("hello", 201)]
    public async Task A_slot_for_five_bytes_stores_five_and_no_other_number(string body, int status)
    {
        await using var server = await TestServer.StartAsync(PublicUrl);

        var put = await server.PutAsync(Target(Issue(server, FiveBytes).PutUrlWithToken), Encoding.UTF8.GetBytes(body));

        put.Status.Should().Be(status);
    }

    [Fact]
    public async Task A_slot_for_five_bytes_stores_no_sixth_of_unknown_length()
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            $"PUT {Target(Issue(server, FiveBytes).PutUrlWithToken)} HTTP/1.1", "Host: files.example",
            "Transfer-Encoding: chunked");
        await wire.SendAsync("6\r\nhello!\r\n0\r\n\r\n"u8.ToArray());

        (await wire.ReadAsync()).Status.Should().Be(413);
        server.ExpectLeft();
    }

    [Theory]
    [InlineData("cat.png")]
    [InlineData("cat.jpg/cat.jpg")]
    public async Task A_slot_is_good_for_no_other_name(string name)
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var other = Issue(server, FiveBytes)
            .PutUrlWithToken.Replace("/cat.jpg?", $"/{name}?", StringComparison.Ordinal);

        (await server.PutAsync(Target(other), "hello"u8.ToArray())).Status.Should().Be(403);
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_slot_is_good_for_no_other_folder()
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var mine = Issue(server, FiveBytes);
        var theirs = Issue(server, FiveBytes with { Owner = "bob@example.org" });

        var put = await server.PutAsync(Target($"{theirs.PutUrl}?jwt={mine.Token}"), "hello"u8.ToArray());

        put["X-Refusal"].Should().Be("wrong-slot");
        server.ExpectLeft();
    }

    [Theory]
    [InlineData("", 201)]
    [InlineData("[uploads]\ncheck_content_type = true", 415)]
    public async Task A_slot_is_bound_to_its_type_only_where_types_are_checked(string uploads, int status)
    {
        await using var server = await TestServer.StartAsync(PublicUrl, more: uploads);

        var put = await server.PutAsync(
            Target(Issue(server, FiveBytes).PutUrlWithToken), "hello"u8.ToArray(), "Content-Type: image/png");

        put.Status.Should().Be(status);
    }

    [Theory]
    [InlineData("", 7200)]
    [InlineData("hmac_validity = \"0s\"", 300)]
    public async Task A_slot_is_good_for_hmac_validity_and_not_a_second_longer(string security, int seconds)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(PublicUrl, security, clock: clock);
        var (first, second) = (Issue(server, FiveBytes), Issue(server, FiveBytes));

        clock.Advance(TimeSpan.FromSeconds(seconds));
        (await server.PutAsync(Target(first.PutUrlWithToken), "hello"u8.ToArray())).Status.Should().Be(201);

        clock.Advance(TimeSpan.FromSeconds(1));
        (await server.PutAsync(Target(second.PutUrlWithToken), "hello"u8.ToArray()))["X-Refusal"]
            .Should().Be("expired");
    }

    /// <remarks>
    /// Whoever gets v, v2 or v3 URLs signed may choose the name, so the name is made to look like a token.
    /// </remarks>
    [Theory]
    [InlineData("v")]
    [InlineData("v2")]
    [InlineData("v3")]
    public async Task A_token_cannot_be_made_of_another_signature_of_the_same_secret(string scheme)
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var genuine = Issue(server, FiveBytes).Token;
        var name = genuine[..genuine.LastIndexOf('.')];
        var (signed, url) = scheme switch
        {
            "v" => ($"{name} 5", SignedUrls.V(name, 5)),
            "v2" => ($"{name}\0{5}\0", SignedUrls.V2(name, 5, "")),
            _ => ($"PUT\n9999999999\n/{name}", SignedUrls.V3("PUT", "/" + name, 9_999_999_999)),
        };
        var mac = Base64Url.EncodeToString(Convert.FromHexString(url.Split('=')[1][..64]));

        foreach (var message in (string[])[signed, name])
        {
            var forged = Uri.EscapeDataString($"{message}.{mac}");
            var put = await server.PutAsync(
                Target($"https://u/{Slot(genuine)}/cat.jpg?jwt={forged}"), "hello"u8.ToArray());
            put.Status.Should().Be(403, "the message is {0}", message);
        }

        server.ExpectLeft();
    }

    [Theory]
    [InlineData("v")]
    [InlineData("v2")]
    [InlineData("token")]
    public async Task A_token_is_no_signature_of_another_scheme(string parameter)
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var slot = Issue(server, FiveBytes);
        var mac = Convert.ToHexStringLower(
            Base64Url.DecodeFromChars(slot.Token.AsSpan(slot.Token.LastIndexOf('.') + 1)));

        var put = await server.PutAsync(Target($"{slot.PutUrl}?{parameter}={mac}"), "hello"u8.ToArray());

        put["X-Refusal"].Should().Be("bad-signature");
    }

    [Theory]
    [InlineData("/jwt/a.b.c/", "bad-signature")]
    [InlineData("/jwt/a.b/", "unsigned")]
    [InlineData("/jwt/", "unsigned")]
    public async Task A_bad_token_in_the_path_is_refused(string start, string code)
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var slot = Issue(server, FiveBytes);

        var put = await server.PutAsync(start + slot.Path, "hello"u8.ToArray());

        put["X-Refusal"].Should().Be(code);
    }

    [Fact]
    public async Task A_bad_token_in_the_header_is_not_mended_by_a_good_one_in_the_url()
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var slot = Issue(server, FiveBytes);

        var put = await server.PutAsync(
            Target(slot.PutUrlWithToken), "hello"u8.ToArray(), "Authorization: Bearer " + slot.Token[..^4] + "AAAA");

        put["X-Refusal"].Should().Be("bad-signature");
    }

    [Fact]
    public async Task With_signed_downloads_the_slot_says_where_to_get_the_file_for_as_long_as_that_holds()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(
            PublicUrl, "require_signed_downloads = true\ndownload_validity = \"1h\"\nclock_skew = \"0s\"",
            clock: clock);
        var slot = Issue(server, FiveBytes);
        await server.PutAsync(Target(slot.PutUrlWithToken), "hello"u8.ToArray());

        (await server.GetAsync(Target(slot.PutUrl))).Status.Should().Be(403);
        (await server.GetAsync(Target(slot.GetUrl))).Text.Should().Be("hello");
        clock.Advance(TimeSpan.FromSeconds(3601));
        (await server.GetAsync(Target(slot.GetUrl))).Status.Should().Be(403);
    }

    [Fact]
    public async Task The_file_is_gone_when_the_client_or_the_purpose_says_whichever_is_first()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(PublicUrl, more: "[xmpp]\nephemeral_age = \"1h\"\n");
        var soon = FiveBytes with
        {
            Purpose = SlotPurpose.Ephemeral,
            ExpireBefore = clock.GetUtcNow() + TimeSpan.FromHours(2),
        };

        Claims(SlotIssuer.Grant(Key(), soon, server.Settings, clock.GetUtcNow()))
            .FileExpires.Should().Be(1_700_003_600);
        soon = soon with { ExpireBefore = clock.GetUtcNow() + TimeSpan.FromSeconds(10.9) };
        Claims(SlotIssuer.Grant(Key(), soon, server.Settings, clock.GetUtcNow()))
            .FileExpires.Should().Be(1_700_000_010);
        Claims(SlotIssuer.Grant(Key(), FiveBytes, server.Settings, clock.GetUtcNow())).FileExpires.Should().BeNull();
    }

    private static IssuedSlot Issue(TestServer server, SlotOrder order)
    {
        server.Issuer.Issue(order, server.Settings, out var slot).Should().BeNull();
        return slot;
    }

    private static HmacFileServer.Storage.BlobKey Key() => SlotIssuer.TryMakeKey("cat.jpg", out var key) ? key : null!;

    private static string Target(string url) => new Uri(url).PathAndQuery;

    private static string Slot(string token) => JwtClaims.Read(token.Split('.')[1])!.Slot;

    private static JwtClaims Claims(IssuedSlot slot) => JwtClaims.Read(slot.Token.Split('.')[1])!;
}
