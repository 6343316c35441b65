using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Ledger;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Ledger;

/// <summary>An owner's old files go for a new one that is there, and for nothing less.</summary>
public sealed class ReplaceOldestTests
{
    private const string Rules = "[quotas]\nper_owner = 100\nwhen_full = \"replace-oldest\"\n[ledger]\nhash = true";

    private readonly ManualClock clock = new();

    [Theory]
    [InlineData("reset")]
    [InlineData("silent")]
    [InlineData("too short")]
    [InlineData("too long")]
    [InlineData("blocked")]
    [InlineData("superseded")]
    [InlineData("deleted meanwhile")]
    [InlineData("a file where its folder would be")]
    public async Task An_upload_that_is_not_stored_deletes_nothing(string end)
    {
        await using var server = await TestServer.StartAsync(more: Rules, clock: clock);
        await server.Service<ILedger>().BlockAsync(SHA256.HashData(new byte[60]), DateTimeOffset.UnixEpoch);
        (await StoreAsync(server, "a", 60)).Should().Be(201);
        await using var wire = await BeginAsync(server, "b", 60);

        await EndAsync(server, wire, end);

        server.Service<ILedger>().Find("a/f").Should().NotBeNull();
        (await server.StatusOfAsync("/a/f")).Should().Be("200");
        server.Metrics.Sum("hfs.deletions", "reason=crowded").Should().Be(0);
        server.FilesLeft().Should().Contain("a/f").And.NotContain(path => path.StartsWith(".hfs/incoming/"));
        (await StoreAsync(server, "c", 40)).Should().Be(201, "what was promised has been given back");
        server.Service<ILedger>().Find("a/f").Should().NotBeNull("both fit");
    }

    [Fact]
    public async Task Room_is_made_when_the_new_file_is_complete_and_no_sooner()
    {
        await using var server = await TestServer.StartAsync(more: Rules, clock: clock);
        (await StoreAsync(server, "a", 60)).Should().Be(201);
        await using var wire = await BeginAsync(server, "b", 60);

        await wire.SendAsync(Chunk(new string('b', 59)));
        (await server.StatusOfAsync("/a/f")).Should().Be("200");
        await wire.SendAsync(Last("b"));

        (await wire.ReadAsync()).Status.Should().Be(201);
        (await server.StatusOfAsync("/a/f")).Should().Be("410");
        server.ExpectLeft("b/f");
    }

    [Fact]
    public async Task What_an_owner_has_under_way_fits_the_quota_by_itself()
    {
        await using var server = await TestServer.StartAsync(more: Rules, clock: clock);
        (await StoreAsync(server, "a", 60)).Should().Be(201);
        await using var first = await BeginAsync(server, "b", 60);

        (await server.UploadAsync("c", 41, clock)).Should().Be("over-quota");
        (await server.StatusOfAsync("/a/f")).Should().Be("200");
        (await StoreAsync(server, "d", 40)).Should().Be(201);
        (await server.StatusOfAsync("/a/f")).Should().Be("200", "60 and 40 are the quota");
        await first.SendAsync(Last(new string('b', 60)));

        (await first.ReadAsync()).Status.Should().Be(201);
        server.ExpectLeft("b/f", "d/f");
    }

    [Fact]
    public async Task Uploads_that_end_at_the_same_time_delete_no_more_than_they_need()
    {
        await using var server = await TestServer.StartAsync(
            more: "[quotas]\nper_owner = 20000\nwhen_full = \"replace-oldest\"", clock: clock);
        for (var i = 0; i < 20; i++)
        {
            (await StoreAsync(server, $"old{i:00}", 1000)).Should().Be(201);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => StoreAsync(server, $"new{i:00}", 1000)));

        answers.Should().OnlyContain(status => status == 201);
        server.ExpectLeft(
        [
            .. Enumerable.Range(0, 12).Select(i => $"new{i:00}/f"),
            .. Enumerable.Range(12, 8).Select(i => $"old{i:00}/f"),
        ]);
        server.Service<ILedger>().UsageOf("alice@example.org").Should().Be(new Usage(20_000, 20));
    }

    private static byte[] Chunk(string text) => Encoding.ASCII.GetBytes($"{text.Length:x}\r\n{text}\r\n");

    private static byte[] Last(string text) => [.. Chunk(text), .. "0\r\n\r\n"u8];

    /// <summary>A PUT without a length of its own, so that its body can be too short or too long.</summary>
    private async Task<RawConnection> BeginAsync(TestServer server, string slot, int size)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT /{slot}/f HTTP/1.1", "Host: files.example", "Transfer-Encoding: chunked",
            server.Jwt(slot, "f", size, clock), "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);
        return wire;
    }

    private async Task EndAsync(TestServer server, RawConnection wire, string end)
    {
        switch (end)
        {
            case "reset":
                await wire.SendAsync(Chunk("b"));
                wire.Reset();
                await server.Log.EventAsync(103);
                return;
            case "silent":
                await clock.ArmedAsync(TimeSpan.FromSeconds(300));
                clock.Advance(TimeSpan.FromSeconds(300));
                break;
            case "superseded":
                await using (var newer = await server.ConnectAsync())
                {
                    await newer.SendAsync(
                        "PUT /b/f HTTP/1.1", "Host: files.example", "Content-Length: 60",
                        server.Jwt("b", "f", 60, clock), "Expect: 100-continue");
                    (await newer.ReadAsync()).Status.Should().Be(100);
                    newer.Reset();
                    await server.Log.EventAsync(103);
                }

                break;
            case "deleted meanwhile":
                await server.Service<ILedger>().BuryAsync(["b/f"], BurialReason.Deleted, clock.GetUtcNow());
                await wire.SendAsync(Last(new string('b', 60)));
                break;
            case "a file where its folder would be":
                await File.WriteAllTextAsync(server.InFolder("store/b"), "");
                await wire.SendAsync(Last(new string('b', 60)));
                break;
            default:
                var body = end == "blocked" ? new string('\0', 60) : new string('b', end == "too long" ? 61 : 59);
                await wire.SendAsync(Last(body));
                break;
        }

        (await wire.ReadAsync()).Status.Should().BeGreaterThanOrEqualTo(400);
        await server.Uploads.DrainAsync();
    }

    private async Task<int> StoreAsync(TestServer server, string slot, int size)
    {
        var body = Encoding.ASCII.GetBytes(new string('x', size));
        return (await server.PutAsync($"/{slot}/f", body, server.Jwt(slot, "f", size, clock))).Status;
    }
}
