namespace HmacFileServer.Tests;

public sealed class ThreadFloorTests
{
    private readonly List<int> asked = [];

    [Fact]
    public void Who_waits_for_a_disk_leaves_as_many_threads_to_run_as_there_were()
    {
        var floor = new ThreadFloor(2, 32, asked.Add);

        var first = floor.WaitForDisk();
        using (floor.WaitForDisk())
        {
            asked.Should().Equal(2, 3, 4);
        }

        first.Dispose();
        asked.Should().Equal(2, 3, 4, 3, 2);
    }

    [Fact]
    public void However_many_wait_the_threads_stay_bounded()
    {
        var floor = new ThreadFloor(2, 4, asked.Add);

        var waits = Enumerable.Range(0, 100).Select(_ => floor.WaitForDisk()).ToList();
        asked.Should().Equal(2, 3, 4);

        waits.ForEach(wait => wait.Dispose());
        asked.Should().Equal(2, 3, 4, 3, 2);
    }

    [Fact]
    public void Nothing_is_asked_for_by_whoever_does_not_wait()
    {
        _ = new ThreadFloor(2, 4, asked.Add);

        default(ThreadFloor.Wait).Dispose();

        asked.Should().Equal(2);
    }
}
