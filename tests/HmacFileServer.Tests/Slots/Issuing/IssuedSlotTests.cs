using System.Text;
using HmacFileServer.Slots.Issuing;
using HmacFileServer.Slots.Schemes;
using HmacFileServer.Tests.Support;
using static HmacFileServer.Tests.Slots.Issuing.IssuedSlots;

namespace HmacFileServer.Tests.Slots.Issuing;

/// <summary>What the slots are worth that we issue, at the door where they are used.</summary>
public sealed class IssuedSlotTests
{
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

    private static HmacFileServer.Storage.BlobKey Key() => SlotIssuer.TryMakeKey("cat.jpg", out var key) ? key : null!;

    private static JwtClaims Claims(IssuedSlot slot) => JwtClaims.Read(slot.Token.Split('.')[1])!;
}
