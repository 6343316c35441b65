using System.IO.Pipelines;
using System.Net;
using HmacFileServer.Downloads;
using HmacFileServer.Http.Wire;
using HmacFileServer.Limits;
using HmacFileServer.Memory;
using HmacFileServer.Settings;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Tests.Support;
using HmacFileServer.Uploads;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace HmacFileServer.Tests.Http.Wire;

public sealed class PollerTests
{
    [Fact]
    public async Task Who_leaves_a_thread_that_waits_for_sockets_goes_on_in_the_pool()
    {
        var after = new TaskCompletionSource<Thread>(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = new Thread(() => _ = LeaveAsync(after));
        before.Start();

        var thread = await after.Task;

        thread.Should().NotBe(before);
        thread.IsThreadPoolThread.Should().BeTrue();
    }

    [Fact]
    public async Task Who_is_in_the_pool_stays_on_his_thread()
    {
        var (before, after) = await Task.Run(async () =>
        {
            var before = Thread.CurrentThread;
            await Poller.Leave();
            return (before, Thread.CurrentThread);
        });

        after.Should().Be(before);
    }

    [Fact]
    public async Task An_upload_that_breaks_off_is_undone_in_the_pool()
    {
        var sockets = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.Inline));
        var request = new DefaultHttpContext().Request;
        request.ContentLength = 100;
        request.HttpContext.Features.Set<IRequestBodyPipeFeature>(new Body(sockets.Reader));
        using var memory = new ReceiveMemory(0, TimeProvider.System);
        using var body = new UploadBody(
            request, memory, 100, UploadPace.Of(new ServerSettings()), TimeProvider.System, CancellationToken.None,
            CancellationToken.None);
        Task<Thread>? undoing = null;
        await Task.Run(() => { undoing = UndoAsync(body); });

        var poller = new Thread(() => sockets.Writer.Complete(new ConnectionResetException("gone")));
        poller.Start();

        (await undoing!).Should().NotBe(poller, "files are deleted there, and large ones take their time");
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Who_asks_on_and_on_does_not_keep_the_thread_to_himself_and_who_take_turns_do(
        int connections, bool keep)
    {
        var threads = new List<Thread>();
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var poller = new Thread(() => _ = AskOnAsync());
        poller.Start();
        await end.Task;

        (threads[0] == poller).Should().BeTrue();
        threads.TrueForAll(thread => thread == poller).Should().Be(keep);

        async Task AskOnAsync()
        {
            for (var i = 0; i < 1000; i++)
            {
                var http = new DefaultHttpContext();
                http.Request.Method = "GET";
                http.Connection.Id = $"{i % connections}";
                await Poller.KeepReadersAsync(http, _ =>
                {
                    threads.Add(Thread.CurrentThread);
                    return Task.CompletedTask;
                });
            }

            end.SetResult();
        }
    }

    [Fact]
    public async Task Who_takes_a_large_file_as_fast_as_it_is_sent_does_not_keep_the_thread_to_himself()
    {
        const int Large = 4 << 20;
        using var folder = new TempFolder();
        using var store = new DiskBlobStore(folder.Path, NullLogger<DiskBlobStore>.Instance);
        await File.WriteAllBytesAsync(folder.File("large"), new byte[Large]);
        BlobKey.TryParse("large", out var key).Should().BeTrue();
        var response = new DefaultHttpContext().Response;
        (response.Body, response.ContentLength) = (Stream.Null, Large);
        var stream = new BlobStream(
            store.Open(key)!, response, TimeSpan.FromMinutes(1), TimeProvider.System, () => { });

        (await EndsInPoolAsync(async () => await stream.CopyToAsync(Stream.Null))).Should().BeTrue();
        stream.Position.Should().Be(Large);
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task What_goes_into_the_audit_log_is_written_in_the_pool()
    {
        await using var server = await TestServer.StartAsync(more: "[limits]\nrequests_per_minute = 1");
        var writing = new List<bool>();
        using var audit = AuditLog.Of(
            new LoggingSettings { AuditFile = server.InFolder("none/audit.log") }, () => server.Settings,
            TimeProvider.System, AuditRole.Server, _ => writing.Add(Thread.CurrentThread.IsThreadPoolThread));
        var limits = new RequestLimits(
            server.Service<LiveSettings>(), TimeProvider.System, server.Service<LimitLog>(), audit);
        var http = new DefaultHttpContext { RequestServices = server.Service<IServiceProvider>() };
        http.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.1");

        await EndsInPoolAsync(async () =>
        {
            await limits.GuardAsync(http, _ => Task.CompletedTask);
            await limits.GuardAsync(http, _ => Task.CompletedTask);
        });

        writing.Should().Equal(true);
    }

    /// <summary>Does it from a thread that is not the pool's on.</summary>
    /// <returns>Whether it ended in the pool. Asked at once: of a thread that has ended nobody can tell.</returns>
    private static async Task<bool> EndsInPoolAsync(Func<Task> action)
    {
        var end = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => _ = RunAsync()).Start();
        return await end.Task;

        async Task RunAsync()
        {
            try
            {
                await action();
                end.SetResult(Thread.CurrentThread.IsThreadPoolThread);
            }
            catch (Exception e)
            {
                end.SetException(e);
            }
        }
    }

    private static async Task<Thread> UndoAsync(UploadBody body)
    {
        try
        {
            await body.ReadAsync();
        }
        catch (ClientLeftException)
        {
            return Thread.CurrentThread;
        }

        throw new InvalidOperationException("It went on.");
    }

    private sealed record Body(PipeReader Reader) : IRequestBodyPipeFeature;

    private static async Task LeaveAsync(TaskCompletionSource<Thread> after)
    {
        await Poller.Leave();
        after.SetResult(Thread.CurrentThread);
    }
}
