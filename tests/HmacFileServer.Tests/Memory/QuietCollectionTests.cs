using HmacFileServer.Memory;

namespace HmacFileServer.Tests.Memory;

public sealed class QuietCollectionTests
{
    private long resident = 100 << 20;
    private long allocated;
    private int collections;

    [Fact]
    public void What_a_flood_has_left_is_collected_once_when_it_is_over()
    {
        var quiet = Create();
        quiet.CollectWhenQuiet();
        collections.Should().Be(0, "there is nothing to gain");

        (resident, allocated) = (200 << 20, 1 << 30);
        quiet.CollectWhenQuiet();
        collections.Should().Be(0, "it goes on");
        quiet.CollectWhenQuiet();
        quiet.CollectWhenQuiet();

        collections.Should().Be(1);
        quiet.HasGrown.Should().BeFalse();
    }

    [Fact]
    public void Health_checks_do_not_put_it_off()
    {
        var quiet = Create();
        resident = 200 << 20;

        allocated += QuietCollection.QuietBytes / 2;
        quiet.CollectWhenQuiet();

        collections.Should().Be(1);
    }

    [Fact]
    public void What_is_still_needed_is_not_looked_for_again_and_again()
    {
        var quiet = new QuietCollection(() => resident, () => allocated, () => collections++);
        resident = 200 << 20;

        quiet.CollectWhenQuiet();
        quiet.CollectWhenQuiet();

        collections.Should().Be(1);
    }

    private QuietCollection Create() => new(() => resident, () => allocated, () =>
    {
        collections++;
        resident = 100 << 20;
    });
}
