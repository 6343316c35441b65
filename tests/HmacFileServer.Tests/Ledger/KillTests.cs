using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Sqlite;
using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Ledger;

/// <summary>
/// The built program, killed again and again in the midst of uploads and deletions. More rounds: KILL_ROUNDS=100.
/// </summary>
public sealed class KillTests : IDisposable
{
    private const string DeleteSecret = "the other secret of Metronome, long enough";
    private const int Clients = 16;

    private readonly TempFolder folder = new();
    private readonly ConcurrentDictionary<string, int> stored = new();
    private readonly ConcurrentDictionary<string, bool> deleting = new();
    private readonly ConcurrentBag<string> deleted = [];
    private int number;

    [Fact]
    public async Task Killed_at_any_time_the_server_loses_no_file_brings_none_back_and_counts_right()
    {
        var rounds = int.Parse(Environment.GetEnvironmentVariable("KILL_ROUNDS") ?? "6", CultureInfo.InvariantCulture);
        WriteConfiguration();
        for (var round = 0; round < rounds; round++)
        {
            using var process = BuiltProgram.Start(folder.Path, ["-c", folder.File("config.toml")]);
            try
            {
                using var http = await ConnectAsync(process);
                if (round > 0)
                {
                    await ExpectTruthAsync(http);
                }

                await WorkUntilKilledAsync(http, process, requests: 100 + Random.Shared.Next(300));
            }
            finally
            {
                process.Kill();
                await process.WaitForExitAsync();
            }
        }

        stored.Count.Should().BeGreaterThan(rounds * 40);
        deleted.Count.Should().BePositive();
    }

    public void Dispose() => folder.Dispose();

    private async Task WorkUntilKilledAsync(HttpClient http, System.Diagnostics.Process process, int requests)
    {
        var left = requests;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    await UploadOrDeleteAsync(http);
                    if (Interlocked.Decrement(ref left) == 0)
                    {
                        process.Kill(); // SIGKILL
                    }
                }
            }
            catch (HttpRequestException)
            {
                // The server is dead.
            }
        })));
    }

    private async Task UploadOrDeleteAsync(HttpClient http)
    {
        var old = stored.Keys.FirstOrDefault(key => !deleting.ContainsKey(key));
        if (old is not null && Random.Shared.Next(3) == 0 && deleting.TryAdd(old, true))
        {
            var token = SignedUrls.Hex($"{old}\0{DeleteSecret}");
            using var answer = await http.DeleteAsync(new Uri($"/{old}?token={token}", UriKind.Relative));
            answer.StatusCode.Should().Be(HttpStatusCode.NoContent);
            deleted.Add(old);
            return;
        }

        var slot = $"s{Interlocked.Increment(ref number)}";
        var size = Random.Shared.Next(1, 50_000);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var jwt = SignedUrls.Jwt(new
        {
            sub = $"user{size % 5}@example.org",
            slot,
            filename = "f",
            filesize = size,
            iat = now,
            exp = now + 300,
        });
        using var put = new HttpRequestMessage(HttpMethod.Put, new Uri($"/{slot}/f", UriKind.Relative));
        put.Headers.Authorization = AuthenticationHeaderValue.Parse(jwt["Authorization: ".Length..]);
        put.Content = new ByteArrayContent(Content(size));
        using var response = await http.SendAsync(put);
        response.StatusCode.Should().Be(HttpStatusCode.Created);
        stored[$"{slot}/f"] = size;
    }

    private async Task ExpectTruthAsync(HttpClient http)
    {
        foreach (var (key, size) in stored)
        {
            if (!deleting.ContainsKey(key))
            {
                (await http.GetByteArrayAsync(new Uri($"/{key}", UriKind.Relative))).Should().Equal(Content(size), key);
            }
        }

        foreach (var key in deleted)
        {
            using var gone = await http.GetAsync(new Uri($"/{key}", UriKind.Relative));
            gone.StatusCode.Should().Be(HttpStatusCode.Gone, key);
        }

        using var store = new DiskBlobStore(
            folder.File("store"), Microsoft.Extensions.Logging.Abstractions.NullLogger<DiskBlobStore>.Instance);
        using var ledger = SqliteLedger.Open(store.OwnPath(LedgerFile.Name), durable: false);
        var files = StoreWalk.Files(store.Path, "").ToDictionary(
            path => path, path => new FileInfo(folder.File($"store/{path}")).Length);
        var entries = ledger.List(new LedgerQuery { Limit = int.MaxValue });

        entries.ToDictionary(entry => entry.Key, entry => entry.Size).Should().BeEquivalentTo(files);
        ledger.UsageOf(null).Should().Be(new Usage(files.Values.Sum(), files.Count));
        foreach (var owned in entries.GroupBy(entry => entry.Owner))
        {
            ledger.UsageOf(owned.Key).Should().Be(new Usage(owned.Sum(entry => entry.Size), owned.Count()));
        }

        ledger.InFlight().Should().BeEmpty();
        files.Keys.Should().NotContain(key => ledger.FindBurial(key) != null);
        Directory.EnumerateFiles(store.IncomingPath).Should().BeEmpty();
    }

    private static byte[] Content(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        return content;
    }

    private async Task<HttpClient> ConnectAsync(System.Diagnostics.Process process)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("Listening on", StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync(); // or it would stand still when the pipe is full
                _ = process.StandardError.ReadToEndAsync();
                return OverSocket();
            }
        }

        throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
    }

    private HttpClient OverSocket() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new System.Net.Sockets.Socket(
                System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream,
                System.Net.Sockets.ProtocolType.Unspecified);
            await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(folder.File("socket")), cancel);
            return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://files.example"),
    };

    private void WriteConfiguration()
    {
        Directory.CreateDirectory(folder.File("store"));
        File.WriteAllText(folder.File("config.toml"), $"""
            [server]
            listen_address = "unix:{folder.File("socket")}"
            storage_path = "{folder.File("store")}"
            min_free_bytes = 0
            [security]
            secret = "{SignedUrls.Secret}"
            delete_secret = "{DeleteSecret}"
            """);
    }
}
