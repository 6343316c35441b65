using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Repair;
using HmacFileServer.Ledger.Sqlite;
using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Ledger;

public sealed class RecoveryTests
{
    private readonly ManualClock clock = new();

    [Fact]
    public async Task A_start_keeps_entries_whose_file_was_published_and_drops_those_whose_file_was_not()
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Directory.CreateDirectory(folder.File("store/.hfs"));
            Directory.CreateDirectory(folder.File("store/a"));
            File.WriteAllText(folder.File("store/a/1"), "hello");
            using var ledger = SqliteLedger.Open(folder.File("store/.hfs/ledger.db"), durable: true);
            ledger.EnrolAsync(Entry("a/1")).Wait();
            ledger.EnrolAsync(Entry("a/2")).Wait();
        });

        var after = server.Service<ILedger>();

        after.InFlight().Should().BeEmpty();
        after.List(new LedgerQuery()).Select(entry => entry.Key).Should().Equal("a/1");
        after.UsageOf(null).Should().Be(new Usage(5, 1));
        server.Log.Of(700).Should().Equal("After a crash: 1 uploads were whole, 1 were not, 0 deleted files are gone");
    }

    [Fact]
    public async Task A_start_removes_files_whose_deletion_was_interrupted()
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Directory.CreateDirectory(folder.File("store/.hfs"));
            Directory.CreateDirectory(folder.File("store/a"));
            File.WriteAllText(folder.File("store/a/1"), "hello");
            using var ledger = SqliteLedger.Open(folder.File("store/.hfs/ledger.db"), durable: true);
            ledger.BuryAsync(["a/1"], BurialReason.Deleted, DateTimeOffset.UnixEpoch.AddYears(60)).Wait();
        });

        server.ExpectLeft();
        (await server.StatusOfAsync("/a/1")).Should().Be("410");
    }

    [Fact]
    public async Task Files_are_served_without_a_ledger_and_it_can_be_rebuilt_from_them()
    {
        await using var server = await TestServer.StartAsync(clock: clock, prepare: folder =>
        {
            // Files of another server: no ledger, no attributes.
            Put(folder, "da39a3ee5e6b4b0d3255bfef95601890afd80709/r/cat.jpg", 4);
            Put(folder, "r/dog.png", 3);
        });
        (await server.StatusOfAsync("/r/dog.png")).Should().Be("200");
        await server.UploadAsync("s", 7, clock, "bob@example.org", clock.GetUtcNow().AddDays(1));
        var ledger = server.Service<ILedger>();
        var known = ledger.Find("s/f");
        ledger.UsageOf(null).Should().Be(new Usage(7, 1));

        var first = await Rebuild.RunAsync(ledger, server.Service<DiskBlobStore>(), clock);
        var again = await Rebuild.RunAsync(ledger, server.Service<DiskBlobStore>(), clock);

        first.Adopted.Should().Be(2);
        again.Adopted.Should().Be(0);
        ledger.Find("s/f").Should().BeEquivalentTo(known);
        ledger.Find("r/dog.png").Should().BeEquivalentTo(
            new LedgerEntry
            {
                Key = "r/dog.png",
                Size = 3,
                ContentType = "image/png",
                Scheme = "disk",
                StoredAt = DateTimeOffset.UnixEpoch.AddYears(40),
            },
            options => options.Excluding(entry => entry.Place));
        ledger.UsageOf("da39a3ee5e6b4b0d3255bfef95601890afd80709").Should().Be(new Usage(4, 1));
        ledger.UsageOf(null).Should().Be(new Usage(14, 3));
    }

    [Fact]
    public async Task A_rebuilt_ledger_knows_again_what_only_the_token_told()
    {
        await using var server = await TestServer.StartAsync(clock: clock);
        var expires = clock.GetUtcNow().AddDays(1);
        await server.UploadAsync("s", 7, clock, "bob@example.org", expires);
        using var folder = new TempFolder();
        using var empty = SqliteLedger.Open(folder.File("ledger.db"), durable: false);

        await Rebuild.RunAsync(empty, server.Service<DiskBlobStore>(), clock);

        var lost = server.Service<ILedger>().Find("s/f")!;
        empty.Find("s/f")
            .Should().BeEquivalentTo(lost with { Scheme = "disk" }, options => options.Excluding(entry => entry.Place));
        lost.Expires.Should().Be(expires);
    }

    [Fact]
    public async Task What_is_never_served_is_not_entered_and_so_never_swept()
    {
        await using var server = await TestServer.StartAsync(
            more: "[downloads]\nhidden = ['meta/files.db']",
            prepare: folder =>
            {
                Put(folder, "meta/files.db", 4);
                Put(folder, "meta/files.db-wal", 4);
                Put(folder, "r/dog.png", 3);
            });

        var run = await BuiltProgram.RunAsync(
            server.StorePath, ["ledger", "rebuild", "-c", Path.Combine(server.StorePath, "..", "config.toml")]);

        run.Output.Should().Be("Looked at 3 files and entered 1.\n");
        server.Service<ILedger>().UsageOf(null).Should().Be(new Usage(3, 1));
    }

    [Fact]
    public async Task A_rebuild_that_was_stopped_goes_on_where_it_was()
    {
        using var folder = new TempFolder();
        for (var i = 0; i < 20; i++)
        {
            Put(folder, $"d{i:00}/f", 1);
        }

        using var store = new DiskBlobStore(
            folder.File("store"), Microsoft.Extensions.Logging.Abstractions.NullLogger<DiskBlobStore>.Instance);
        using var ledger = SqliteLedger.Open(store.OwnPath("ledger.db"), durable: false);
        using var stop = new CancellationTokenSource();
        var seen = 0;
        var stopped = () => Rebuild.RunAsync(
            ledger, store, clock, new InlineProgress(_ => { if (++seen == 3) { stop.Cancel(); } }), batch: 4,
            cancel: stop.Token);
        await stopped.Should().ThrowAsync<OperationCanceledException>();
        var before = ledger.UsageOf(null).Files;

        var rest = await Rebuild.RunAsync(ledger, store, clock, batch: 4);

        before.Should().BeInRange(4, 16);
        rest.Looked.Should().BeLessThan(20);
        ledger.UsageOf(null).Should().Be(new Usage(20, 20));
    }

    [Fact]
    [Provokes("ledger-unavailable")]
    public async Task A_broken_ledger_serves_files_and_stores_none()
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Put(folder, "a/1", 5);
            Directory.CreateDirectory(folder.File("store/.hfs"));
            File.WriteAllBytes(folder.File("store/.hfs/ledger.db"), [.. Enumerable.Repeat((byte)'x', 8192)]);
        });

        var put = await server.PutAsync(SignedUrls.V("a/2", 5), "hello"u8.ToArray());

        (await server.StatusOfAsync("/a/1")).Should().Be("200");
        (await server.StatusOfAsync("/a/3")).Should().Be("404");
        put.StatusLine.Should().Be("HTTP/1.1 503 Service Unavailable");
        put["X-Refusal"].Should().Be("ledger-unavailable");
        server.ExpectLeft("a/1");
    }

    private static void Put(TempFolder folder, string key, int size)
    {
        var path = folder.File(Path.Combine("store", key));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, new byte[size]);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddYears(40));
    }

    private static LedgerEntry Entry(string key) =>
        new() { Key = key, Size = 5, Scheme = "v", StoredAt = DateTimeOffset.UnixEpoch.AddYears(60) };

    private sealed class InlineProgress(Action<RebuildProgress> report) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => report(value);
    }
}
