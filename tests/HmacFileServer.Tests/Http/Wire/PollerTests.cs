using HmacFileServer.Http.Wire;

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

    private static async Task LeaveAsync(TaskCompletionSource<Thread> after)
    {
        await Poller.Leave();
        after.SetResult(Thread.CurrentThread);
    }
}
