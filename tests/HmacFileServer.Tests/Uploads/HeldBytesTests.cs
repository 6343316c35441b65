using System.Globalization;
using HmacFileServer.Memory;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads;

public sealed class HeldBytesTests
{
    [Fact]
    public async Task Uploads_beyond_the_receive_memory_hold_none_of_it_and_are_stored_all_the_same()
    {
        await using var server = await TestServer.StartAsync("receive_memory = \"1MB\"");
        var wires = new List<RawConnection>();
        var body = new byte[200_000];
        Random.Shared.NextBytes(body);
        for (var i = 0; i < 24; i++)
        {
            var wire = await server.ConnectAsync();
            wires.Add(wire);
            await wire.SendAsync(
                $"PUT {SignedUrls.V(Key(i), body.Length)} HTTP/1.1", "Host: h", $"Content-Length: {body.Length}",
                "Expect: 100-continue");
            (await wire.ReadAsync()).Status.Should().Be(100);
            await wire.SendAsync(body.AsMemory(0, 70_000));
        }

        server.ReceiveMemory.HeldBytes.Should().BeLessThanOrEqualTo(1 << 20);
        foreach (var wire in wires)
        {
            await wire.SendAsync(body.AsMemory(70_000));
            (await wire.ReadAsync()).Status.Should().Be(201);
            await wire.DisposeAsync();
        }

        for (var i = 0; i < 24; i++)
        {
            server.Stored(Key(i)).Should().Equal(body);
        }

        server.ExpectLeft([.. Enumerable.Range(0, 24).Select(Key).Order(StringComparer.Ordinal)]);
    }

    [Fact]
    public void Memory_is_scarce_from_half_of_the_budget_on()
    {
        using var memory = new ReceiveMemory(4 * ReceiveMemory.LargeBlock, new ManualClock());
        using var pool = memory.Create();

        using var one = pool.Rent();
        memory.IsScarce.Should().BeFalse();
        using (pool.Rent())
        {
            memory.IsScarce.Should().BeTrue();
        }

        memory.IsScarce.Should().BeFalse();
    }

    private static string Key(int number) => string.Create(CultureInfo.InvariantCulture, $"s{number:00}/cat.jpg");
}
