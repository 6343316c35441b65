using HmacFileServer.Storage;
using HmacFileServer.Uploads;

namespace HmacFileServer.Tests.Uploads;

public sealed class ActiveUploadsTests
{
    private static readonly BlobKey Key = Parse("a/b");

    [Fact]
    public async Task A_third_upload_supersedes_the_second_while_it_waits_for_the_first()
    {
        var uploads = new ActiveUploads();
        var first = await uploads.TakeOverAsync(Key, CancellationToken.None);
        var second = uploads.TakeOverAsync(Key, CancellationToken.None);

        var third = uploads.TakeOverAsync(Key, CancellationToken.None);

        first.Superseded.IsCancellationRequested.Should().BeTrue();
        await second.Invoking(turn => turn).Should().ThrowAsync<SupersededException>();
        third.IsCompleted.Should().BeFalse("the first has not let go yet");
        first.Dispose();
        using (var turn = await third)
        {
            turn.Superseded.IsCancellationRequested.Should().BeFalse();
            uploads.Count.Should().Be(1);
        }

        uploads.Count.Should().Be(0);
    }

    [Fact]
    public async Task An_upload_that_gives_up_waiting_lets_nobody_past_the_one_it_waited_for()
    {
        var uploads = new ActiveUploads();
        using var left = new CancellationTokenSource();
        var first = await uploads.TakeOverAsync(Key, CancellationToken.None);
        var second = uploads.TakeOverAsync(Key, left.Token);
        await left.CancelAsync();
        await second.Invoking(turn => turn).Should().ThrowAsync<OperationCanceledException>();

        var third = uploads.TakeOverAsync(Key, CancellationToken.None);
        var drained = uploads.DrainAsync();

        third.IsCompleted.Should().BeFalse("the first has not let go yet");
        drained.IsCompleted.Should().BeFalse();
        first.Dispose();
        (await third).Dispose();
        uploads.Count.Should().Be(0);
    }

    [Fact]
    public async Task Uploads_of_other_keys_do_not_disturb_each_other()
    {
        var uploads = new ActiveUploads();

        using var one = await uploads.TakeOverAsync(Key, CancellationToken.None);
        using var other = await uploads.TakeOverAsync(Parse("a/c"), CancellationToken.None);

        one.Superseded.IsCancellationRequested.Should().BeFalse();
        uploads.Count.Should().Be(2);
    }

    [Fact]
    public async Task Only_uploads_that_run_count_against_the_limit()
    {
        var uploads = new ActiveUploads();
        using var first = await uploads.TakeOverAsync(Key, CancellationToken.None);
        using var second = await uploads.TakeOverAsync(Parse("a/c"), CancellationToken.None);

        first.TryRun(most: 1).Should().BeTrue("the other has not been let in yet");
        second.TryRun(most: 1).Should().BeFalse();
        second.TryRun(most: 2).Should().BeTrue();
        first.Dispose();
        second.Dispose();

        using var third = await uploads.TakeOverAsync(Key, CancellationToken.None);
        third.TryRun(most: 1).Should().BeTrue();
    }

    private static BlobKey Parse(string text) =>
        BlobKey.TryParse(text, out var key) ? key : throw new InvalidOperationException(text);
}
