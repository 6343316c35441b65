using HmacFileServer.Ledger;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Ledger;

public sealed class QuotaTests
{
    private readonly ManualClock clock = new();

    [Fact]
    [Provokes("over-quota")]
    public async Task An_owner_stores_up_to_the_quota_and_not_a_byte_more()
    {
        await using var server = await TestServer.StartAsync(more: "[quotas]\nper_owner = 100", clock: clock);

        (await server.UploadAsync("a", 60, clock)).Should().Be("201");
        (await server.UploadAsync("b", 41, clock)).Should().Be("over-quota");
        (await server.UploadAsync("b", 40, clock)).Should().Be("201");
        (await server.UploadAsync("c", 1, clock)).Should().Be("over-quota");
        (await server.UploadAsync("d", 100, clock, "bob@example.org")).Should().Be("201");

        server.ExpectLeft("a/f", "b/f", "d/f");
    }

    [Fact]
    public async Task Two_hundred_uploads_at_once_never_pass_the_quota_and_fill_it()
    {
        await using var server = await TestServer.StartAsync(more: "[quotas]\nper_owner = 50000", clock: clock);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(i => server.UploadAsync($"s{i}", 1000, clock)));

        answers.Count(answer => answer == "201").Should().Be(50);
        answers.Count(answer => answer == "over-quota").Should().Be(150);
        server.Service<ILedger>().UsageOf("alice@example.org").Should().Be(new Usage(50_000, 50));
        server.FilesLeft().Should().HaveCount(50);
    }

    [Fact]
    public async Task Two_hundred_uploads_at_once_never_pass_the_total()
    {
        await using var server = await TestServer.StartAsync(more: "[quotas]\ntotal = 50999", clock: clock);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(i => server.UploadAsync($"s{i}", 1000, clock, $"user{i % 7}@example.org")));

        answers.Count(answer => answer == "201").Should().Be(50);
        server.Service<ILedger>().UsageOf(null).Should().Be(new Usage(50_000, 50));
    }

    [Fact]
    public async Task What_was_rebuilt_after_somebody_was_refused_counts_for_the_total()
    {
        await using var server = await TestServer.StartAsync(
            more: "[quotas]\ntotal = 100\nper_owner = 50", clock: clock);
        (await server.UploadAsync("a", 60, clock)).Should().Be("over-quota");

        await server.Service<ILedger>().AdoptAsync([new LedgerEntry
        {
            Key = "old",
            Size = 90,
            Scheme = LedgerEntry.FoundOnDisk,
            StoredAt = clock.GetUtcNow(),
        }]);

        (await server.UploadAsync("b", 11, clock)).Should().Be("over-quota");
        (await server.UploadAsync("c", 10, clock)).Should().Be("201");
    }

    [Fact]
    public async Task A_reservation_comes_back_when_the_upload_breaks()
    {
        await using var server = await TestServer.StartAsync(more: "[quotas]\nper_owner = 100", clock: clock);
        await using (var wire = await server.ConnectAsync())
        {
            await wire.SendAsync(
                "PUT /a/f HTTP/1.1", "Host: files.example", "Content-Length: 100", server.Jwt("a", "f", 100, clock),
                "Expect: 100-continue");
            await wire.ReadAsync(); // 100: the reservation is made
            (await server.UploadAsync("b", 1, clock)).Should().Be("over-quota");
        }

        await server.Uploads.DrainAsync();

        (await server.UploadAsync("b", 100, clock)).Should().Be("201");
    }

    [Fact]
    public async Task A_refused_upload_is_told_before_it_sends_its_body()
    {
        await using var server = await TestServer.StartAsync(more: "[quotas]\nper_owner = 100", clock: clock);
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            "PUT /a/f HTTP/1.1", "Host: files.example", "Content-Length: 101", server.Jwt("a", "f", 101, clock),
            "Expect: 100-continue");

        (await wire.ReadAsync()).StatusLine.Should().Be("HTTP/1.1 507 Insufficient Storage");
    }

    [Fact]
    public async Task A_day_s_uploads_count_for_a_day_deleted_or_not()
    {
        await using var server = await TestServer.StartAsync(more: "[quotas]\nper_owner_daily = 100", clock: clock);
        (await server.UploadAsync("a", 100, clock)).Should().Be("201");
        await server.Service<Eraser>().EraseAsync(["a/f"], BurialReason.Deleted, Actor.Server);
        (await server.UploadAsync("b", 1, clock)).Should().Be("over-quota");

        clock.Advance(TimeSpan.FromHours(24));
        (await server.UploadAsync("b", 1, clock)).Should().Be("over-quota");
        clock.Advance(TimeSpan.FromMilliseconds(1));

        (await server.UploadAsync("b", 100, clock)).Should().Be("201");
    }

    [Fact]
    public async Task The_oldest_files_make_room_where_the_operator_wants_it_so()
    {
        await using var server = await TestServer.StartAsync(
            more: "[quotas]\nper_owner = 100\nwhen_full = \"replace-oldest\"", clock: clock);
        foreach (var slot in new[] { "a", "b", "c" })
        {
            (await server.UploadAsync(slot, 30, clock)).Should().Be("201");
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        (await server.UploadAsync("other", 30, clock, "bob@example.org")).Should().Be("201");
        (await server.UploadAsync("d", 50, clock)).Should().Be("201");

        server.ExpectLeft("c/f", "d/f", "other/f");
        server.Service<ILedger>().UsageOf("alice@example.org").Should().Be(new Usage(80, 2));
        (await server.StatusOfAsync("/a/f")).Should().Be("410");
        server.Metrics.Sum("hfs.deletions", "reason=crowded").Should().Be(2);
    }

    [Fact]
    public async Task A_file_larger_than_the_quota_drives_nothing_out()
    {
        await using var server = await TestServer.StartAsync(
            more: "[quotas]\nper_owner = 100\nwhen_full = \"replace-oldest\"", clock: clock);
        await server.UploadAsync("a", 30, clock);

        (await server.UploadAsync("b", 101, clock)).Should().Be("over-quota");

        server.ExpectLeft("a/f");
    }

    [Fact]
    public async Task Racing_uploads_that_replace_the_oldest_never_pass_the_quota()
    {
        await using var server = await TestServer.StartAsync(
            more: "[quotas]\nper_owner = 5000\nwhen_full = \"replace-oldest\"", clock: clock);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => server.UploadAsync($"old{i}", 1000, clock)));

        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => server.UploadAsync($"s{i}", 1000, clock)));

        var files = server.FilesLeft();
        files.Length.Should().BeInRange(1, 5);
        server.Service<ILedger>().UsageOf("alice@example.org")
            .Should().Be(new Usage(files.Length * 1000, files.Length));
    }

    [Fact]
    public async Task Room_that_another_process_makes_is_seen_at_once()
    {
        await using var server = await TestServer.StartAsync(more: "[quotas]\nper_owner = 100", clock: clock);
        await server.UploadAsync("a", 100, clock);
        (await server.UploadAsync("b", 1, clock)).Should().Be("over-quota");
        server.Service<ILedger>().Find("a/f").Should().NotBeNull();
        using var other = HmacFileServer.Ledger.Sqlite.SqliteLedger.Open(
            Path.Combine(server.StorePath, ".hfs", "ledger.db"), durable: true);

        await other.BuryAsync(["a/f"], BurialReason.Deleted, clock.GetUtcNow());

        (await server.UploadAsync("b", 100, clock)).Should().Be("201");
    }
}
