using System.Diagnostics;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands.Migrate;

/// <summary>
/// A run of <c>migrate store</c> that is killed on its way. bench/migrate does it with a hundred thousand files.
/// </summary>
public sealed class MigrationKillTests : IDisposable
{
    private readonly OldStoreFolder folder = new();

    [Fact]
    public async Task A_run_that_was_killed_is_taken_up_by_the_next()
    {
        const int Files = 10_000; // a second of work: whoever watches may be late
        for (var i = 0; i < Files; i++)
        {
            folder.Lay($"u/{i:D5}/f.txt", $"content {i}");
        }

        folder.Configure();
        using (var killed = BuiltProgram.Start(
            folder.Path, ["migrate", "store", "--from", "ejabberd", folder.File("old"), "-c", "config.toml"]))
        {
            var patience = Stopwatch.StartNew();
            while (!File.Exists(folder.File("store/u/00700/f.txt")) && patience.Elapsed < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            }

            killed.Kill();
            await killed.WaitForExitAsync();
        }

        var before = Directory.GetFiles(folder.File("store/u"), "*", SearchOption.AllDirectories).Length;
        var run = await folder.MigrateStoreAsync("ejabberd");

        before.Should().BeInRange(700, Files - 1, "it was killed on its way");
        run.ExitCode.Should().Be(0, run.Errors);
        for (var i = 0; i < Files; i++)
        {
            (await File.ReadAllTextAsync(folder.File($"store/u/{i:D5}/f.txt"))).Should().Be($"content {i}");
        }

        (await folder.RunAsync("usage")).Output.Should().Contain($"\t{Files}\t");
    }

    public void Dispose() => folder.Dispose();
}
