using System.Diagnostics;
using System.Globalization;
using System.Net;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Interop.Attacks;

/// <summary>
/// The built program with few file descriptors, its memory, and an honest client that asks all the while whether it
/// lives, and stores a file.
/// </summary>
internal sealed class AttackedServer : IAsyncDisposable
{
    private const long UsualMost = 250L << 20;
    private const int Mebibyte = 1 << 20;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    private readonly TempFolder folder;
    private readonly ProductServer server;
    private long atStart;
    private int uploads;

    private AttackedServer(TempFolder folder, ProductServer server)
    {
        this.folder = folder;
        this.server = server;
    }

    /// <summary>A file of 3 MB: an open file for each who reads it.</summary>
    public static string Large => "/upload/large";

    public IPEndPoint EndPoint => new(IPAddress.Loopback, server.Port);

    /// <summary>Started, and warm: everything that the attacks use was used once.</summary>
    public static async Task<AttackedServer> StartAsync(int openFiles = 2048)
    {
        var own = new TempFolder();
        var product = await ProductServer.StartAsync(
            own, "attacked", "trusted_proxies = [\"127.0.0.1\"]", more: "[metrics]\nlisten_address = \"\"",
            launcher: ["prlimit", $"--nofile={openFiles}"]);
        await File.WriteAllBytesAsync(Path.Combine(product.Store, "large"), new byte[3 * Mebibyte]);
        var attacked = new AttackedServer(own, product);
        for (var i = 0; i < 20; i++)
        {
            await attacked.AskAsync();
        }

        using (var wire = await Http2Wire.OpenAsync(attacked.EndPoint, window: 4 * Mebibyte))
        {
            await wire.SendAsync(Http2Wire.Get(1, Large));
            (await wire.StatusAsync()).Should().Be(200);
        }

        attacked.atStart = attacked.Resident("VmRSS");
        return attacked;
    }

    /// <summary>Lets the attack begin, asks until two seconds after it has all it wants, and lets go of it.</summary>
    /// <param name="name">For whoever reads of a failure.</param>
    /// <param name="attack">What it returns is what it holds.</param>
    /// <param name="most">Resident bytes meanwhile.</param>
    public async Task WithstandsAsync(
        string name, Func<Task<IEnumerable<IDisposable>>> attack, long most = UsualMost)
    {
        await File.WriteAllTextAsync($"/proc/{server.ProcessId}/clear_refs", "5"); // VmHWM begins anew: proc(5)
        var attacking = Task.Run(attack);
        var answers = new List<TimeSpan>();
        for (var after = 0; after < 10; after += attacking.IsCompleted ? 1 : 0)
        {
            if (await AskUndisturbedAsync() is { } took)
            {
                answers.Add(took);
            }
        }

        foreach (var held in await attacking)
        {
            held.Dispose();
        }

        answers.Where(took => took > Soon).Should().HaveCountLessThanOrEqualTo(
            answers.Count / 5, "answers come within a second in spite of {0}", name);
        Resident("VmHWM").Should().BeLessThan(most, "of {0}", name);
    }

    /// <summary>Within a minute the memory is what it was, and a fifth more.</summary>
    public async Task RecoversAsync()
    {
        var since = Stopwatch.GetTimestamp();
        while (Resident("VmRSS") > atStart / 5 * 6 && Stopwatch.GetElapsedTime(since) < Minute)
        {
            await AskAsync();
            await Task.Delay(Soon, TimeProvider.System);
        }

        Resident("VmRSS").Should().BeLessThanOrEqualTo(atStart / 5 * 6, "it was {0} at the start", atStart);
    }

    /// <summary>Once what the attack has left is closed.</summary>
    public async Task ServesAgainAsync()
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await AskAsync();
                return;
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(since) < Patience)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    /// <returns>Null when the machine was so busy with other things that a timer was late, too.</returns>
    private async Task<TimeSpan?> AskUndisturbedAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        await Task.Delay(Pause, TimeProvider.System);
        var isDisturbed = Stopwatch.GetElapsedTime(begun) > 2 * Pause;
        var took = await AskAsync();
        return isDisturbed ? null : took;
    }

    /// <summary>Is it well, and can a file be stored: on a connection of its own each.</summary>
    /// <returns>How long the slower of the two took.</returns>
    private async Task<TimeSpan> AskAsync()
    {
        var health = await AnswerAsync(HttpMethod.Get, new Uri(server.Url, "/health/live"), HttpStatusCode.OK, null);
        var path = $"honest/{(uploads++).ToString(CultureInfo.InvariantCulture)}";
        using var body = new ByteArrayContent(new byte[1000]);
        var upload = await AnswerAsync(
            HttpMethod.Put, new Uri(SignedUrls.V1(server.Url, path, 1000)), HttpStatusCode.Created, body);
        return health > upload ? health : upload;
    }

    private static async Task<TimeSpan> AnswerAsync(
        HttpMethod method, Uri url, HttpStatusCode expected, HttpContent? body)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, url) { Content = body };
        var begun = Stopwatch.GetTimestamp();
        using var answer = await http.SendAsync(request, patience.Token);
        answer.StatusCode.Should().Be(expected);
        return Stopwatch.GetElapsedTime(begun);
    }

    /// <param name="field">Of proc_pid_status(5): VmRSS is now, VmHWM the most so far.</param>
    private long Resident(string field) => long.Parse(
        File.ReadLines($"/proc/{server.ProcessId}/status").First(line => line.StartsWith(field, StringComparison.Ordinal))
            .Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) << 10;
}
