using System.Collections.Concurrent;
using System.Globalization;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Storage;

public sealed class KillTests
{
    private const int Rounds = 10;
    private const int Senders = 4;

    [Fact]
    public async Task A_server_killed_at_any_instant_has_every_file_it_answered_201_and_no_part_of_another()
    {
        using var folder = new TempFolder();
        var random = new Random(363);
        var promised = new ConcurrentDictionary<string, bool>();
        var next = 0;
        for (var round = 0; round < Rounds; round++)
        {
            await using var server = await ServerProcess.StartAsync(folder);
            Directory.EnumerateFiles(folder.File("store/.hfs/incoming"))
                .Should().BeEmpty("the last round's were swept");

            var warm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => SendUntilKilledAsync(
                server,
                () => Interlocked.Increment(ref next),
                key =>
                {
                    promised[key] = true;
                    warm.TrySetResult();
                })));
            if (round % 4 > 0)
            {
                await Task.WhenAny(warm.Task, sending); // a cold start takes longer than many uploads
            }

            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 200)), TimeProvider.System);
            await server.KillAsync();
            await sending;

            var visible = Visible(folder);
            promised.Keys.Except(visible).Should().BeEmpty("each was answered 201");
            foreach (var key in visible)
            {
                (await File.ReadAllBytesAsync(folder.File($"store/{key}"))).Should().Equal(Content(key), "of {0}", key);
            }
        }

        promised.Should().HaveCountGreaterThan(Rounds / 2);
        await using var last = await ServerProcess.StartAsync(folder);
        foreach (var key in promised.Keys)
        {
            (await last.GetAsync("/" + key)).Body.Should().Equal(Content(key));
        }
    }

    private static async Task SendUntilKilledAsync(ServerProcess server, Func<int> next, Action<string> stored)
    {
        try
        {
            while (true)
            {
                var number = next();
                var key = string.Create(CultureInfo.InvariantCulture, $"{number % 7}/{number}");
                var body = Content(key);
                if ((await server.PutAsync(SignedUrls.V(key, body.Length), body)).Status == 201)
                {
                    stored(key);
                }
            }
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            // Killed in the middle of it.
        }
    }

    /// <summary>What belongs under a key: a length and bytes that follow from its number.</summary>
    private static byte[] Content(string key)
    {
        var number = int.Parse(key.Split('/')[1], CultureInfo.InvariantCulture);
        var body = new byte[number % 3 == 0 ? number % 100 : (number * 7919) % 2_000_000];
        new Random(number).NextBytes(body);
        return body;
    }

    private static string[] Visible(TempFolder folder) =>
    [
        .. Directory.EnumerateFiles(folder.File("store"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder.File("store"), path))
            .Where(key => !key.StartsWith(".hfs", StringComparison.Ordinal)),
    ];
}
