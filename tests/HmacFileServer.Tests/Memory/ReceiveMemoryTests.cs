using HmacFileServer.Memory;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Memory;

public sealed class ReceiveMemoryTests : IDisposable
{
    private const int Large = ReceiveMemory.LargeBlock;

    private readonly ManualClock clock = new();
    private readonly ReceiveMemory memory;

    public ReceiveMemoryTests() => memory = new ReceiveMemory(3 * Large, clock);

    [Fact]
    public void Who_asks_for_a_little_gets_a_large_block_while_the_budget_lasts_and_a_small_one_beyond()
    {
        using var pool = memory.Create();

        var blocks = Enumerable.Range(0, 5).Select(_ => pool.Rent(4096)).ToArray();

        blocks.Select(block => block.Memory.Length).Should().Equal(Large, Large, Large, 4096, 4096);
        memory.HeldBytes.Should().Be(3 * Large);
        Array.ForEach(blocks, block => block.Dispose());
        memory.HeldBytes.Should().Be(0);
    }

    [Fact]
    public void All_pools_share_one_budget_and_outlive_their_disposal()
    {
        var one = memory.Create();
        using var other = memory.Create();
        var late = one.Rent();
        using var second = other.Rent();
        using var third = other.Rent();
        one.Dispose();

        using (var beyond = other.Rent())
        {
            beyond.Memory.Length.Should().Be(ReceiveMemory.SmallBlock);
        }

        late.Dispose();
        using var again = other.Rent();
        again.Memory.Length.Should().Be(Large);
    }

    [Fact]
    public void The_block_that_came_back_last_is_handed_out_first()
    {
        using var pool = memory.Create();
        var cold = pool.Rent();
        var warm = pool.Rent();
        warm.Memory.Span[0] = 77;
        cold.Dispose();
        warm.Dispose();

        using var block = pool.Rent();

        block.Memory.Span[0].Should().Be(77);
    }

    [Fact]
    public void A_block_given_back_twice_is_not_handed_out_twice()
    {
        using var pool = memory.Create();
        var block = pool.Rent();
        block.Dispose();
        block.Dispose();

        using var one = pool.Rent();
        using var other = pool.Rent();

        one.Memory.Span[0] = 1;
        other.Memory.Span[0] = 2;
        one.Memory.Span[0].Should().Be(1);
        memory.HeldBytes.Should().Be(2 * Large);
    }

    [Fact]
    public void More_than_4_KiB_is_granted_beyond_the_budget_and_more_than_a_large_block_never()
    {
        using var none = new ReceiveMemory(0, clock);
        using var pool = none.Create();

        using var block = pool.Rent(100_000);

        block.Memory.Length.Should().BeGreaterThanOrEqualTo(100_000);
        pool.MaxBufferSize.Should().Be(Large);
        FluentActions.Invoking(() => pool.Rent(Large + 1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Blocks_begin_on_a_page()
    {
        using var pool = memory.Create();
        using var block = pool.Rent();
        using var pin = block.Memory.Pin();

        unsafe
        {
            ((nint)pin.Pointer % Environment.SystemPageSize).Should().Be(0);
        }
    }

    [Fact]
    public void What_nobody_uses_goes_back_to_the_kernel_and_what_is_used_stays()
    {
        using var many = new ReceiveMemory(200 * Large, clock);
        using var pool = many.Create();
        var blocks = Enumerable.Range(0, 200).Select(_ => pool.Rent()).ToArray();
        Array.ForEach(blocks, block => block.Memory.Span.Fill(1));
        Array.ForEach(blocks, block => block.Dispose());

        clock.Advance(ReceiveMemory.IdleAfter);
        clock.Advance(ReceiveMemory.IdleAfter);
        using var used = pool.Rent();
        blocks.Select(block => block.Memory.Span[0]).Should().AllBeEquivalentTo(0, "the pages came again as zeros");
        used.Memory.Span.Fill(2);
        clock.Advance(ReceiveMemory.IdleAfter);

        used.Memory.Span[^1].Should().Be(2);
        many.ResidentBytes.Should().Be(Large);
    }

    [Fact]
    public void While_there_is_traffic_it_looks_for_garbage_that_outlived_its_first_collection()
    {
        var (young, collected) = (0, 0);
        using var busy = new ReceiveMemory(Large, clock, new Survivors(
            generation => generation == 0 ? young : collected, _ => collected++));
        using var pool = busy.Create();

        for (var times = 1; times <= 3; times++)
        {
            pool.Rent().Dispose();
            young += Survivors.Due;
            clock.Advance(ReceiveMemory.IdleAfter);
            collected.Should().Be(times);
        }

        young += Survivors.Due;
        clock.Advance(ReceiveMemory.IdleAfter * 10);
        collected.Should().Be(3, "a server at rest has no timer");
    }

    [Fact]
    public void A_block_in_steady_use_is_never_trimmed()
    {
        using var pool = memory.Create();
        for (var i = 0; i < 5; i++)
        {
            using (var block = pool.Rent())
            {
                block.Memory.Span.Fill(9);
            }

            clock.Advance(ReceiveMemory.IdleAfter / 2);
            using (pool.Rent())
            {
            }

            clock.Advance(ReceiveMemory.IdleAfter / 2);
            memory.ResidentBytes.Should().Be(Large);
        }
    }

    [Fact]
    public async Task Connections_draw_on_it_and_never_beyond_its_budget()
    {
        await using var server = await TestServer.StartAsync("receive_memory = \"1MB\"");
        server.ReceiveMemory.ResidentBytes.Should().Be(0);
        var body = new byte[3_000_000];
        Random.Shared.NextBytes(body);

        (await server.PutAsync(SignedUrls.V("s1/cat.jpg", body.Length), body)).Status.Should().Be(201);

        server.ReceiveMemory.ResidentBytes.Should().BeInRange(1, 1 << 20);
        server.Stored("s1/cat.jpg").Should().Equal(body);
    }

    public void Dispose() => memory.Dispose();
}
