using HmacFileServer.Slots.Issuing;
using HmacFileServer.Slots.Schemes;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots.Issuing;

/// <summary>Who gets a slot, and what it looks like.</summary>
public sealed class SlotIssuerTests
{
    private const string PublicUrl = "public_url = \"https://bücher.example:8443/für/\"";

    private static readonly SlotOrder Cat = new("alice@example.org", "cat.jpg", 5);

    [Theory]
    [InlineData("cat.jpg", "cat.jpg")]
    [InlineData("très cool #1?.jpg", "tr%C3%A8s%20cool%20%231%3F.jpg")]
    [InlineData("日本.png", "%E6%97%A5%E6%9C%AC.png")]
    [InlineData("100%.png", "100%25.png")]
    [InlineData(".hidden", ".hidden")]
    [InlineData("a\\b\"c", "a%5Cb%22c")]
    public async Task The_urls_are_ascii_and_keep_the_name(string name, string escaped)
    {
        await using var server = await TestServer.StartAsync(PublicUrl);

        var denial = server.Issuer.Issue(Cat with { FileName = name }, server.Settings, out var slot);

        denial.Should().BeNull();
        slot.GetUrl.Should().MatchRegex(@"^https://xn--bcher-kva\.example:8443/f%C3%BCr/[A-Za-z0-9_-]{24}/")
            .And.EndWith("/" + escaped);
        slot.PutUrl.Should().Be(slot.GetUrl);
        slot.PutUrlWithToken.Should().MatchRegex("^[!-~]+$");
    }

    [Fact]
    public async Task No_two_slots_share_a_folder()
    {
        await using var server = await TestServer.StartAsync(more: "[xmpp]\nslots_per_minute = 0");

        var urls = Enumerable.Range(0, 1000).Select(_ =>
        {
            server.Issuer.Issue(Cat, server.Settings, out var slot);
            return slot.GetUrl;
        });

        urls.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task The_longest_name_there_may_be_still_makes_a_slot_that_works()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var name in (string[])[new('"', 1024), new('ü', 512), string.Concat(Enumerable.Repeat("🎉", 256))])
        {
            server.Issuer.Issue(Cat with { FileName = name }, server.Settings, out var slot).Should().BeNull();

            slot.Authorization.Length.Should().BeLessThan(8192, "Dino drops a longer header");
            var put = await server.PutAsync(new Uri(slot.PutUrlWithToken).PathAndQuery, "hello"u8.ToArray());
            put.Status.Should().Be(201, put.Text);
            (await server.GetAsync(new Uri(slot.GetUrl).PathAndQuery)).Text.Should().Be("hello");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\a")]
    [InlineData("a\nb")]
    public async Task A_name_no_file_can_have_gets_no_slot(string name) =>
        await ExpectAsync(Cat with { FileName = name }, SlotDenialReason.BadName);

    [Fact]
    public async Task A_name_too_long_for_a_url_gets_no_slot() =>
        await ExpectAsync(Cat with { FileName = new string('x', 1025) }, SlotDenialReason.BadName);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public async Task A_size_no_file_can_have_gets_no_slot(long size) =>
        await ExpectAsync(Cat with { Size = size }, SlotDenialReason.BadSize);

    [Fact]
    public async Task A_file_that_would_be_gone_before_it_comes_gets_no_slot()
    {
        var clock = new ManualClock();

        await ExpectAsync(Cat with { ExpireBefore = clock.GetUtcNow() }, SlotDenialReason.BadExpiry, clock: clock);
        await ExpectAsync(Cat with { Purpose = SlotPurpose.Ephemeral }, SlotDenialReason.BadExpiry, clock: clock);
    }

    [Fact]
    public async Task A_file_over_the_limit_is_told_the_limit()
    {
        var denial = await ExpectAsync(Cat with { Size = 11 }, SlotDenialReason.TooLarge, "max_upload_size = 10");

        denial.MaxSize.Should().Be(10);
    }

    [Fact]
    public async Task A_type_that_is_not_taken_gets_no_slot() =>
        await ExpectAsync(
            Cat with { FileName = "virus.EXE" }, SlotDenialReason.TypeNotAllowed,
            more: "[uploads]\nblocked_extensions = [\"exe\"]");

    [Fact]
    public async Task A_full_disk_is_told_before_the_upload() =>
        await ExpectAsync(Cat, SlotDenialReason.StorageFull, "min_free_bytes = \"1000TB\"");

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_ask_again()
    {
        var clock = new ManualClock(); // 20 seconds into a minute
        await using var server = await TestServer.StartAsync(more: "[xmpp]\nslots_per_minute = 2", clock: clock);

        server.Issuer.Issue(Cat, server.Settings, out _).Should().BeNull();
        server.Issuer.Issue(Cat, server.Settings, out _).Should().BeNull();
        var denial = server.Issuer.Issue(Cat, server.Settings, out _);
        denial!.Reason.Should().Be(SlotDenialReason.TooMany);
        denial.RetryAt.Should().Be(clock.GetUtcNow() + TimeSpan.FromSeconds(40));
        server.Issuer.Issue(Cat with { Owner = "bob@example.org" }, server.Settings, out _).Should().BeNull();

        clock.Advance(TimeSpan.FromSeconds(40));
        server.Issuer.Issue(Cat, server.Settings, out _).Should().BeNull();
    }

    [Theory]
    [InlineData("image/jpeg", "image/jpeg")]
    [InlineData("text/plain; charset=utf-8", "text/plain; charset=utf-8")]
    [InlineData("", null)]
    [InlineData("text/plain\r\nX-Evil: 1", null)]
    [InlineData("tëxt/plain", null)]
    [InlineData("image/png, text/html", null)]
    [InlineData("image", null)]
    public async Task A_type_that_could_be_no_header_is_as_if_none_was_said(string asked, string? bound)
    {
        await using var server = await TestServer.StartAsync();

        server.Issuer.Issue(Cat with { ContentType = asked }, server.Settings, out var slot);

        JwtClaims.Read(slot.Token.Split('.')[1])!.FileType.Should().Be(bound);
    }

    private static async Task<SlotDenial> ExpectAsync(
        SlotOrder order, SlotDenialReason reason, string server = "", string more = "", TimeProvider? clock = null)
    {
        await using var started = await TestServer.StartAsync(server, more: more, clock: clock);
        var denial = started.Issuer.Issue(order, started.Settings, out _);
        denial.Should().NotBeNull();
        denial!.Reason.Should().Be(reason);
        return denial;
    }
}
