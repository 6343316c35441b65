using HmacFileServer.Memory;

namespace HmacFileServer.Tests.Memory;

public sealed class SurvivorsTests
{
    private readonly int[] collections = new int[2];
    private readonly Survivors survivors;
    private int asked;

    public SurvivorsTests() => survivors = new Survivors(generation => collections[generation], generation =>
    {
        generation.Should().Be(1);
        asked++;
        Collect(1);
    });

    [Fact]
    public void Are_collected_when_enough_young_collections_may_have_left_some()
    {
        Collect(0, Survivors.Due - 1);
        survivors.CollectWhenDue();
        asked.Should().Be(0);

        Collect(0);
        survivors.CollectWhenDue();
        asked.Should().Be(1);

        survivors.CollectWhenDue();
        Collect(0, Survivors.Due - 1);
        survivors.CollectWhenDue();
        asked.Should().Be(1);
    }

    [Fact]
    public void Are_left_to_the_runtime_that_has_just_collected_them()
    {
        survivors.CollectWhenDue();
        Collect(0, Survivors.Due);
        Collect(1);

        survivors.CollectWhenDue();

        asked.Should().Be(0);
    }

    /// <summary>A collection of a generation is one of the younger ones, too.</summary>
    private void Collect(int generation, int times = 1)
    {
        for (var i = 0; i <= generation; i++)
        {
            collections[i] += times;
        }
    }
}
