using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Sqlite;
using HmacFileServer.Ledger.Sqlite.Writes;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Ledger;

/// <summary>
/// Two servers on one store that are sent the same key: their transactions, and what they do to the file in between, in
/// every order there is.
/// </summary>
public sealed class RaceTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2030, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TempFolder folder = new();
    private readonly LedgerWrites one;
    private readonly LedgerWrites other;
    private readonly LedgerReader reader;
    private readonly Dictionary<string, LedgerEntry> files = new(StringComparer.Ordinal); // on the disk, so to speak

    public RaceTests()
    {
        (one, other) = (Open(), Open());
        reader = new LedgerReader(LedgerFile.OpenToRead());
    }

    public enum Left
    {
        Nothing,
        EntryInFlight, // by a server that was killed
        EntryOfNoFile, // which was removed behind our back
    }

    [Theory]
    [InlineData(Left.Nothing, false)]
    [InlineData(Left.EntryInFlight, false)]
    [InlineData(Left.EntryOfNoFile, false)]
    [InlineData(Left.Nothing, true)]
    [InlineData(Left.EntryInFlight, true)]
    [InlineData(Left.EntryOfNoFile, true)]
    public void The_entry_that_is_left_is_that_of_the_file_that_is_there(Left left, bool otherFails) => EveryOrder.Of(
        run =>
        {
            Leave(left, run);
            return [Upload(one, Entry(run, 1)), Upload(other, Entry(run, 2), otherFails)];
        },
        ExpectEntryOfTheFile);

    [Fact]
    public void A_third_server_that_starts_meanwhile_changes_nothing_of_that()
    {
        using var third = Open();
        EveryOrder.Of(
            run =>
            {
                var later = Entry(run, 2) with { StoredAt = Noon.AddMilliseconds(run + 1) }; // a start takes that long
                return [Upload(one, Entry(run, 1)), Upload(other, later), Start(third, run)];
            },
            ExpectEntryOfTheFile);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void After_the_next_start_no_file_is_without_an_entry_though_one_was_killed(int steps) => EveryOrder.Of(
        run =>
        {
            Leave(Left.EntryInFlight, run);
            return [Upload(one, Entry(run, 1)).Take(steps), Upload(other, Entry(run, 2))];
        },
        (run, order) =>
        {
            _ = Start(other, run).Count();
            (reader.Find(Key(run)) is not null).Should().Be(files.ContainsKey(Key(run)), order);
        });

    public void Dispose()
    {
        reader.Dispose();
        one.Dispose();
        other.Dispose();
        folder.Dispose();
    }

    private LedgerFile LedgerFile => new(folder.File("ledger.db"), durable: false);

    private LedgerWrites Open() => new(LedgerFile.OpenToWrite(), log: null);

    private void ExpectEntryOfTheFile(int run, string order)
    {
        var file = files[Key(run)];
        reader.Find(Key(run)).Should().NotBeNull(order);
        reader.Find(Key(run))!.Size.Should().Be(file.Size, order);
        reader.Find(Key(run))!.StoredAt.Should().Be(file.StoredAt, order);
        reader.InFlight().Should().BeEmpty(order);
        reader.UsageOf(file.Owner).Should().Be(new Usage(file.Size, 1), order);
    }

    private void Leave(Left left, int run)
    {
        var former = Entry(run, 4);
        if (left != Left.Nothing)
        {
            using var killed = Open();
            In(killed, () => killed.Enrol(former));
            if (left == Left.EntryOfNoFile)
            {
                In(killed, () => killed.Confirm(former));
            }
        }
    }

    /// <summary>As <c>DiskBlobStore</c> does it.</summary>
    private IEnumerable<string> Upload(LedgerWrites ledger, LedgerEntry entry, bool fails = false)
    {
        var enrolment = Enrolment.Known;
        In(ledger, () => enrolment = ledger.Enrol(entry));
        yield return $"{entry.Size} is {enrolment}";
        if (enrolment == Enrolment.Known)
        {
            if (files.ContainsKey(entry.Key))
            {
                yield break;
            }

            yield return $"{entry.Size} sees no file";
            In(ledger, () => ledger.Replace(entry));
            yield return $"{entry.Size} replaces";
        }

        var published = !fails && files.TryAdd(entry.Key, entry);
        yield return $"{entry.Size} publishes: {published}";
        In(ledger, published ? () => ledger.Confirm(entry) : () => ledger.Withdraw(entry));
    }

    /// <summary>As <c>Reconciliation</c> does it.</summary>
    private IEnumerable<string> Start(LedgerWrites ledger, int run)
    {
        var entry = reader.InFlight().SingleOrDefault(found => found.Key == Key(run));
        if (entry is null)
        {
            yield break;
        }

        yield return "who starts sees an entry";
        var isThere = files.ContainsKey(entry.Key);
        yield return $"who starts sees a file: {isThere}";
        In(ledger, isThere ? () => ledger.Confirm(entry) : () => ledger.Withdraw(entry));
    }

    private static void In(LedgerWrites ledger, Action change)
    {
        ledger.Begin();
        change();
        ledger.Commit();
    }

    private static string Key(int run) => $"s{run}/cat.jpg";

    /// <summary>All of one millisecond: that they come at once is the point.</summary>
    private static LedgerEntry Entry(int run, long size) => new()
    {
        Key = Key(run),
        Size = size,
        Owner = Key(run),
        Scheme = "v",
        StoredAt = Noon.AddMilliseconds(run),
    };
}
