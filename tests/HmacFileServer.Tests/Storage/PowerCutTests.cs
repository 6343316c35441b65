using System.Globalization;
using System.Security.Cryptography;
using HmacFileServer.Ledger;
using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Storage;

/// <summary>
/// What the disk holds at the very moment of the answers, with all that the kernel would have written later missing.
/// </summary>
public sealed class PowerCutTests : IDisposable
{
    private const int Clients = 8;

    private readonly TempFolder folder = new();
    private readonly Dictionary<string, byte[]> bodies = Enumerable.Range(0, 48).ToDictionary(
        number => string.Create(CultureInfo.InvariantCulture, $"user{number % 3}/slot{number}/f{number}.bin"),
        number => RandomNumberGenerator.GetBytes(number % 4 == 0 ? 1 << 20 : 1 + (number * 997)));

    [MountedTheory]
    [InlineData("has_journal")]
    [InlineData("^has_journal")]
    public async Task After_a_power_cut_every_upload_that_was_answered_201_is_there_with_its_entry(string features)
    {
        var (served, entered) = await CutAndStartAgainAsync("fsync = true", features);

        served.Should().Equal(bodies.Keys);
        entered.Should().Equal(bodies.Keys);
    }

    [MountedFact(NeedsLoop = true)]
    public async Task Without_fsync_nobody_is_promised_that()
    {
        var (served, _) = await CutAndStartAgainAsync("fsync = false", "has_journal");

        served.Count.Should().BeLessThan(bodies.Count, "else the test above would not see a sync that is missing");
    }

    [MountedFact(NeedsLoop = true)]
    public void What_makes_a_name_durable_depends_on_the_file_system()
    {
        Judge("a", (path, image) => SmallDisk.WithJournal(path, image, 8)).Should().Be(NameSync.FolderLeft);
        Judge("b", (path, image) => SmallDisk.WithJournal(path, image, 8, "^has_journal")).Should().Be(NameSync.File);
        Judge("c", (path, _) => SmallDisk.InMemory(path, "size=1m")).Should().Be(NameSync.EachFolder);

        NameSync Judge(string name, Func<string, string, SmallDisk> mount)
        {
            var path = folder.File(name);
            Directory.CreateDirectory(path);
            using var disk = mount(path, folder.File(name + ".image"));
            using var handle = Posix.OpenFolder(path);
            return Posix.NameSyncOf(handle);
        }
    }

    [Fact]
    public void A_write_that_the_disk_refused_is_not_left_to_a_sync_that_would_succeed()
    {
        File.WriteAllText(folder.File("f"), "hello");
        using var broken = UnsyncedFile.NameOf(folder.File("f"));

        var writing = () => Posix.TryFinishWriteback(broken);

        writing.Should().Throw<PosixException>();
    }

    public void Dispose() => folder.Dispose();

    private async Task<(List<string> Served, List<string> Entered)> CutAndStartAgainAsync(
        string settings, string features)
    {
        SmallDisk? disk = null;
        await using var server = await TestServer.StartAsync(settings, prepare: own =>
            disk = SmallDisk.WithJournal(own.File("store"), own.File("image"), megabytes: 64, features));
        using var unmounted = disk;
        await Parallel.ForEachAsync(
            bodies, new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (body, _) =>
            {
                var answer = await server.PutAsync(SignedUrls.V(body.Key, body.Value.Length), body.Value);
                answer.Status.Should().Be(201);
            });

        File.Copy(server.InFolder("image"), folder.File("cut")); // the power is off

        SmallDisk? found = null;
        await using var again = await TestServer.StartAsync(
            settings, prepare: own => found = SmallDisk.AfterPowerCut(own.File("store"), folder.File("cut")));
        using var unmountedToo = found;
        var served = new List<string>();
        foreach (var (key, body) in bodies)
        {
            var answer = await again.GetAsync($"/{key}");
            if (answer.Status == 200 && answer.Body.AsSpan().SequenceEqual(body))
            {
                served.Add(key);
            }
        }

        var ledger = again.Service<ILedger>();
        return (served, [.. bodies.Keys.Where(key => ledger.Find(key) is not null)]);
    }
}
