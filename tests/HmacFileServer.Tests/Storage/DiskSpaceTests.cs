using HmacFileServer.Storage;

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
    public void An_empty_file_fits_when_nothing_is_left_but_what_must_stay_free()
    {
        var space = new DiskSpace(() => 100);

        space.TryReserve(0, keepFreeBytes: 100).Should().NotBeNull();
        space.TryReserve(1, keepFreeBytes: 100).Should().BeNull();
        space.TryReserve(long.MaxValue, keepFreeBytes: long.MaxValue).Should().BeNull();
    }
}
