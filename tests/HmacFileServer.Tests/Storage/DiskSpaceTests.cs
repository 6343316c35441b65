using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Storage;

public sealed class DiskSpaceTests
{
    [Fact]
    public void What_is_promised_is_not_free()
    {
        var space = new DiskSpace(() => 100);

        using var first = space.TryReserve(60, keepFreeBytes: 10);

        first.Should().NotBeNull();
        space.TryReserve(31, keepFreeBytes: 10).Should().BeNull();
        using (var second = space.TryReserve(30, keepFreeBytes: 10))
        {
            second.Should().NotBeNull();
            space.PromisedBytes.Should().Be(90);
        }

        space.PromisedBytes.Should().Be(60);
    }

    [Fact]
    public void What_is_written_is_no_longer_promised_and_given_back_once()
    {
        var space = new DiskSpace(() => 100);
        var reservation = space.TryReserve(60, keepFreeBytes: 0)!;

        reservation.Taken(50);
        space.PromisedBytes.Should().Be(10);
        reservation.Taken(50);
        space.PromisedBytes.Should().Be(0);
        reservation.Dispose();
        reservation.Dispose();

        space.PromisedBytes.Should().Be(0);
    }

    [Fact]
    public void While_there_is_plenty_the_file_system_is_asked_ten_times_a_second_at_most()
    {
        var (asked, clock) = (0, new ManualClock(DateTimeOffset.UnixEpoch));
        var space = new DiskSpace(() => ++asked * 100L << 30, time: clock);
        for (var i = 0; i < 1000; i++)
        {
            space.TryReserve(100 << 10, keepFreeBytes: 1 << 30)!.Dispose();
        }

        asked.Should().Be(1);
        clock.Advance(TimeSpan.FromMilliseconds(101));
        space.TryReserve(100 << 10, keepFreeBytes: 1 << 30)!.Dispose();
        asked.Should().Be(2);
    }

    [Fact]
    public void Near_the_end_the_file_system_is_asked_for_each_upload()
    {
        var free = 4L << 30;
        var space = new DiskSpace(() => free, time: new ManualClock(DateTimeOffset.UnixEpoch));
        using var first = space.TryReserve(1, keepFreeBytes: 0);

        free = 2L << 30; // somebody else wrote, in the same moment

        space.TryReserve(3L << 30, keepFreeBytes: 0).Should().BeNull();
    }

    [Fact]
    public void What_was_written_since_the_file_system_was_asked_is_not_free()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var free = 4L << 30;
        var space = new DiskSpace(() => free, time: clock);
        using (var written = space.TryReserve(2L << 30, keepFreeBytes: 0)!)
        {
            written.Taken(2L << 30);
        }

        free = 2L << 30;

        space.TryReserve((2L << 30) + 1, keepFreeBytes: 0).Should().BeNull();
        space.TryReserve(2L << 30, keepFreeBytes: 0).Should().NotBeNull();
    }

    [Fact]
    public void An_empty_file_fits_when_nothing_is_left_but_what_must_stay_free()
    {
        var space = new DiskSpace(() => 100);

        space.TryReserve(0, keepFreeBytes: 100).Should().NotBeNull();
        space.TryReserve(1, keepFreeBytes: 100).Should().BeNull();
        space.TryReserve(long.MaxValue, keepFreeBytes: long.MaxValue).Should().BeNull();
    }
}
