using HmacFileServer.Http.Wire;
using Microsoft.AspNetCore.Http;

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
    public async Task Who_asks_on_and_on_does_not_keep_the_thread_to_himself()
    {
        var threads = new List<Thread>();
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var poller = new Thread(() => _ = AskOnAsync());
        poller.Start();
        await end.Task;

        (threads[0] == poller).Should().BeTrue();
        threads.Exists(thread => thread != poller).Should().BeTrue();

        async Task AskOnAsync()
        {
            for (var i = 0; i < 1000; i++)
            {
                var http = new DefaultHttpContext();
                http.Request.Method = "GET";
                await Poller.KeepReadersAsync(http, _ =>
                {
                    threads.Add(Thread.CurrentThread);
                    return Task.CompletedTask;
                });
            }

            end.SetResult();
        }
    }

    private static async Task LeaveAsync(TaskCompletionSource<Thread> after)
    {
        await Poller.Leave();
        after.SetResult(Thread.CurrentThread);
    }
}
