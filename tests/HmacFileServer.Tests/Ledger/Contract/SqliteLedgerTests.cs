using System.Runtime.CompilerServices;
using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Sqlite;
using HmacFileServer.Ledger.Sqlite.Writes;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Ledger.Contract;

public sealed class SqliteLedgerTests : LedgerContract
{
    private readonly string folder = Directory.CreateTempSubdirectory("hfs-ledger-").FullName;

    private string Path => System.IO.Path.Combine(folder, LedgerFile.Name);

    [Fact]
    public async Task What_another_process_changes_is_seen_at_once()
    {
        await StoreAsync(Entry("a/1", 100));
        using var other = SqliteLedger.Open(Path, durable: true);

        await other.BuryAsync(["a/1"], BurialReason.Deleted, DateTimeOffset.UnixEpoch);

        Ledger.Find("a/1").Should().BeNull();
        Ledger.FindBurial("a/1").Should().NotBeNull();
        (await Ledger.EnrolAsync(Entry("a/1", 100))).Should().Be(Enrolment.Buried);
    }

    [Fact]
    public async Task A_change_that_fails_as_nobody_expects_takes_no_other_with_it()
    {
        var file = new LedgerFile(System.IO.Path.Combine(folder, "faulty.db"), durable: false);
        var opened = file.OpenToWrite();
        using var writer = new LedgerWriter(new LedgerWrites(opened, file.OpenLog(opened)));

        writer.WriteSoon(_ => throw new InvalidOperationException("a fault"));
        var broken = writer.WriteAsync<int>(_ => throw new InvalidOperationException("a fault"));
        var good = writer.WriteAsync(_ => 7);

        (await broken.Awaiting(writing => writing).Should().ThrowAsync<LedgerException>())
            .WithInnerException<InvalidOperationException>();
        (await good).Should().Be(7);
        (await writer.WriteAsync(_ => 8)).Should().Be(8);
    }

    [Fact]
    public async Task Many_may_open_a_new_ledger_at_once()
    {
        for (var round = 0; round < 20; round++)
        {
            var path = System.IO.Path.Combine(folder, $"{round}.db");

            var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () => SqliteLedger.Open(path, durable: false), CancellationToken.None,
                TaskCreationOptions.LongRunning, TaskScheduler.Default)));

            opened.Should().OnlyContain(ledger => ledger.UsageOf(null) == new Usage(0, 0));
            Array.ForEach(opened, ledger => ledger.Dispose());
        }
    }

    [Fact]
    public async Task Once_the_log_could_not_be_synced_nothing_is_promised_until_the_next_start()
    {
        var file = new LedgerFile(Path, durable: false);
        using var log = UnsyncedFile.NameOf(folder);
        using (var writer = new LedgerWriter(new LedgerWrites(file.OpenToWrite(), log)))
        {
            var failing = () => writer.WriteAsync(writes => writes.Enrol(Entry("a/1", 1)));
            var later = () => writer.WriteAsync(writes => writes.Enrol(Entry("a/2", 1)));

            await failing.Should().ThrowAsync<LedgerException>();
            UnsyncedFile.Mend(log, folder); // the kernel tells of a lost write once
            await later.Should().ThrowAsync<LedgerException>();
        }

        (await Ledger.EnrolAsync(Entry("a/3", 1))).Should().Be(Enrolment.Enrolled);
    }

    [Fact]
    public void A_file_that_is_no_database_is_not_taken_for_one()
    {
        File.WriteAllBytes(Path, [.. Enumerable.Repeat((byte)'x', 8192)]);

        var opening = () => SqliteLedger.Open(Path, durable: true);

        opening.Should().Throw<LedgerException>();
    }

    [Fact]
    public async Task A_change_that_cant_be_made_does_not_take_others_with_it()
    {
        var slow = Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => StoreAsync(Entry($"a/{i}", 1)))));

        var wrong = () => Ledger.NoteAsync(null!, "a note needs a name");

        await wrong.Should().ThrowAsync<LedgerException>();
        await slow;
        Ledger.UsageOf(null).Files.Should().Be(50);
    }

    [Fact]
    public void Others_on_the_machine_can_not_read_who_stored_what()
    {
        Ledger.UsageOf(null);

        File.GetUnixFileMode(Path).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void Nothing_is_kept_in_memory_of_an_upload_whose_entry_was_rolled_back()
    {
        using var writes = new LedgerWrites(new LedgerFile(Path, durable: false).OpenToWrite(), log: null);

        var key = EnterAndRollBack(writes);
        GC.Collect();

        key.IsAlive.Should().BeFalse();
    }

    [Fact]
    public void A_change_that_is_made_again_after_a_rollback_is_the_same_change()
    {
        var (one, other) = (Entry("a/1", 100), Entry("a/1", 30));
        using var writes = new LedgerWrites(new LedgerFile(Path, durable: false).OpenToWrite(), log: null);
        Commit(() => writes.Enrol(one));
        Commit(() => writes.Replace(other));
        RollBack(() => writes.Withdraw(other));
        Commit(() => writes.Withdraw(other));
        Ledger.InFlight().Should().ContainSingle(entry => entry.Size == 100);
        Commit(() => writes.Replace(other));
        RollBack(() => writes.Confirm(other));

        Commit(() => writes.Confirm(other));

        Ledger.Find("a/1")!.Size.Should().Be(30);
        Ledger.InFlight().Should().BeEmpty();

        void Commit(Action change)
        {
            writes.Begin();
            change();
            writes.Commit();
        }

        void RollBack(Action change)
        {
            writes.Begin();
            change();
            writes.Rollback();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference EnterAndRollBack(LedgerWrites writes)
    {
        var key = new string('k', 100);
        writes.Begin();
        writes.Enrol(Entry(key, 100)).Should().Be(Enrolment.Enrolled);
        writes.Rollback();
        return new WeakReference(key);
    }

    private protected override ILedger Open() => SqliteLedger.Open(Path, durable: true);

    protected override void CleanUp() => Directory.Delete(folder, recursive: true);
}
