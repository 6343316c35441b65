using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Repair;
using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Ledger;

public sealed class OwnershipTests
{
    private const string UserHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

    private readonly ManualClock clock = new();

    [Fact]
    public async Task A_token_names_the_owner_and_the_end_of_the_file()
    {
        await using var server = await TestServer.StartAsync(clock: clock);
        var expires = clock.GetUtcNow().AddDays(3);

        await server.PutAsync(
            "/slot/cat.jpg", "hello"u8.ToArray(), server.Jwt("slot", "cat.jpg", 5, clock, expires: expires));

        server.Service<ILedger>().Find("slot/cat.jpg").Should().BeEquivalentTo(
            new LedgerEntry
            {
                Key = "slot/cat.jpg",
                Size = 5,
                ContentType = "image/jpeg",
                Owner = "alice@example.org",
                Scheme = "jwt",
                StoredAt = clock.GetUtcNow(),
                Expires = expires,
            },
            options => options.Excluding(entry => entry.Place));
    }

    [Theory]
    [InlineData(UserHash + "/random/cat.jpg", UserHash)]
    [InlineData("random/cat.jpg", null)]
    [InlineData("short/random/cat.jpg", null)]
    [InlineData(UserHash + "/cat.jpg", null)]
    [InlineData(UserHash + "/a/b/cat.jpg", null)]
    [InlineData("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709/random/cat.jpg", null)]
    public async Task A_path_names_its_owner_only_in_the_shape_of_ejabberd(string key, string? owner)
    {
        await using var server = await TestServer.StartAsync();

        await server.PutAsync(
            SignedUrls.V(key, 5), "hello"u8.ToArray(), "X-Owner: mallory", "X-Forwarded-User: mallory");

        server.Service<ILedger>().List(new LedgerQuery()).Should().ContainSingle().Which.Owner.Should().Be(owner);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(7)]
    public async Task A_token_that_names_nobody_takes_no_owner_from_the_path(object? subject)
    {
        const string Owner = UserHash;
        await using var server = await TestServer.StartAsync(
            more: "[quotas]\nper_owner = 7\n[limits]\nowner_uploads_per_minute = 1", clock: clock);

        (await PutAsync(server, $"{Owner}/one", subject)).Should().Be(201);
        (await PutAsync(server, $"{Owner}/two", subject)).Should().Be(201, "no owner's quota and no owner's pace");

        var ledger = server.Service<ILedger>();
        ledger.List(new LedgerQuery()).Should().HaveCount(2).And.OnlyContain(entry => entry.Owner == null);
        ledger.UsageOf(Owner).Should().Be(Usage.None);
        server.Log.Of(100).Should().OnlyContain(line => line.Contains("for -, signed jwt"));
        foreach (var path in server.FilesLeft())
        {
            Rebuild.Describe(server.Service<DiskBlobStore>(), path, clock.GetUtcNow())!
                .Owner.Should().BeNull("nor does a ledger that is made anew");
        }
    }

    private static async Task<int> PutAsync(TestServer server, string slot, object? subject)
    {
        var token = SignedUrls.Jwt(SignedUrls.Claims(("slot", slot), ("sub", subject)));
        return (await server.PutAsync($"/{slot}/cat.jpg", "hello"u8.ToArray(), token)).Status;
    }

    [Fact]
    public async Task A_file_and_its_entry_have_the_same_time()
    {
        await using var server = await TestServer.StartAsync(clock: clock);
        clock.Advance(TimeSpan.FromMilliseconds(1234.5678));

        await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray());

        var entry = server.Service<ILedger>().List(new LedgerQuery()).Single();
        File.GetLastWriteTimeUtc(Path.Combine(server.StorePath, "a/1")).Should().Be(entry.StoredAt.UtcDateTime);
    }

    [Fact]
    public async Task A_broken_upload_leaves_no_entry()
    {
        await using var server = await TestServer.StartAsync();

        await using (var wire = await server.ConnectAsync())
        {
            await wire.SendAsync($"PUT {SignedUrls.V("a/1", 5)} HTTP/1.1", "Host: files.example", "Content-Length: 5");
            await wire.SendWhilePossibleAsync("hel"u8.ToArray());
        }

        await server.Uploads.DrainAsync();
        server.Service<ILedger>().UsageOf(null).Should().Be(Usage.None);
        server.Service<ILedger>().InFlight().Should().BeEmpty();
    }

    [Fact]
    public async Task The_hash_is_known_where_it_was_asked_for()
    {
        await using var server = await TestServer.StartAsync(more: "[ledger]\nhash = true");
        var body = new byte[300_000];
        Random.Shared.NextBytes(body);

        await server.PutAsync(SignedUrls.V("a/1", body.Length), body);

        server.Service<ILedger>().List(new LedgerQuery()).Single().Sha256
            .Should().Equal(System.Security.Cryptography.SHA256.HashData(body));
    }

    [Fact]
    [Provokes("blocked-content")]
    public async Task A_blocked_content_is_refused_at_the_end_and_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync(more: "[ledger]\nhash = true");
        var hash = System.Security.Cryptography.SHA256.HashData("hello"u8);
        await server.Service<ILedger>().BlockAsync(hash, DateTimeOffset.UnixEpoch);

        var refused = await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray());
        var other = await server.PutAsync(SignedUrls.V("a/2", 5), "HELLO"u8.ToArray());

        refused.StatusLine.Should().Be("HTTP/1.1 403 Forbidden");
        refused["X-Refusal"].Should().Be("blocked-content");
        other.StatusLine.Should().Be("HTTP/1.1 201 Created");
        server.ExpectLeft("a/2");
        server.Service<ILedger>().UsageOf(null).Files.Should().Be(1);
    }
}
