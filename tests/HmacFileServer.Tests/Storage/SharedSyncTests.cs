using HmacFileServer.Storage;

namespace HmacFileServer.Tests.Storage;

public sealed class SharedSyncTests
{
    [Fact]
    public async Task All_who_ask_while_one_runs_share_the_next()
    {
        var (runs, first) = (0, new TaskCompletionSource());
        var began = new TaskCompletionSource();
        var shared = new SharedSync(() =>
        {
            if (Interlocked.Increment(ref runs) == 1)
            {
                began.SetResult();
                first.Task.Wait();
            }
        });

        var running = shared.RunAsync();
        await began.Task;
        var waiting = Enumerable.Range(0, 20).Select(_ => shared.RunAsync()).ToArray();
        waiting.Should().OnlyContain(task => !task.IsCompleted, "the one that runs began before they asked");
        first.SetResult();
        await Task.WhenAll([running, .. waiting]);

        runs.Should().Be(2);
    }

    [Fact]
    public async Task Its_failure_is_told_to_those_who_shared_it_and_to_nobody_after()
    {
        var runs = 0;
        var shared = new SharedSync(() =>
        {
            if (Interlocked.Increment(ref runs) == 1)
            {
                throw new IOException("the disk is gone");
            }
        });

        var failing = async () => await shared.RunAsync();

        await failing.Should().ThrowAsync<IOException>();
        await shared.RunAsync();
    }

    [Fact]
    public async Task A_folder_that_was_closed_fails_those_who_wait_and_not_the_process()
    {
        var shared = new SharedSync(() => throw new ObjectDisposedException("folder"));

        var failing = async () => await shared.RunAsync().WaitAsync(TimeSpan.FromSeconds(20));

        await failing.Should().ThrowAsync<ObjectDisposedException>();
    }
}
