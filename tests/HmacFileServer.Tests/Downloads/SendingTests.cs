using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Downloads;

public sealed class SendingTests
{
    // More than the socket buffers of both sides take, so that the server has to wait for the reader.
    private const int Large = 24 << 20;

    [Fact]
    public async Task A_reader_that_takes_its_time_gets_every_byte()
    {
        await using var server = await TestServer.StartAsync();
        var content = Place(server, "a/slow.bin", Large);
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync("GET /a/slow.bin HTTP/1.1", "Host: files.example");
        await HeadAsync(wire);
        var read = new MemoryStream();
        while (read.Length < Large)
        {
            read.Write(await wire.ReadBytesAsync((int)Math.Min(100_003, Large - read.Length)));
        }

        read.ToArray().AsSpan().SequenceEqual(content).Should().BeTrue();
    }

    [Fact]
    public async Task A_part_from_the_middle_of_a_large_file_is_that_part()
    {
        await using var server = await TestServer.StartAsync();
        var content = Place(server, "a/part.bin", Large);

        var part = await server.GetAsync("/a/part.bin", $"Range: bytes=12345-{Large - 54321}");

        part.Status.Should().Be(206);
        part.Body.AsSpan().SequenceEqual(content.AsSpan(12345, Large - 54321 - 12345 + 1)).Should().BeTrue();
    }

    [Fact]
    public async Task Requests_sent_at_once_are_answered_in_order()
    {
        await using var server = await TestServer.StartAsync();
        var (one, two) = (Place(server, "a/one.bin", 300_000), Place(server, "a/two.bin", 70_000));
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            "GET /a/one.bin HTTP/1.1", "Host: files.example", "", "GET /a/none HTTP/1.1", "Host: files.example", "",
            "GET /a/two.bin HTTP/1.1", "Host: files.example");

        (await wire.ReadAsync()).Body.AsSpan().SequenceEqual(one).Should().BeTrue();
        (await wire.ReadAsync()).Status.Should().Be(404);
        (await wire.ReadAsync()).Body.AsSpan().SequenceEqual(two).Should().BeTrue();
    }

    [Fact]
    public async Task A_file_that_is_cut_short_while_it_is_sent_is_not_passed_off_as_whole()
    {
        await using var server = await TestServer.StartAsync();
        Place(server, "a/cut.bin", Large);
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync("GET /a/cut.bin HTTP/1.1", "Host: files.example");
        await HeadAsync(wire);
        using (var file = File.OpenHandle(Path.Combine(server.StorePath, "a/cut.bin"), access: FileAccess.Write))
        {
            RandomAccess.SetLength(file, Large - (1 << 20));
        }

        (await wire.ReadToEndAsync()).Should().BeLessThan(Large);
    }

    [Fact]
    public async Task A_reader_that_leaves_in_the_middle_costs_the_next_one_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var content = Place(server, "a/left.bin", Large);
        await using (var gone = await server.ConnectAsync())
        {
            await gone.SendAsync("GET /a/left.bin HTTP/1.1", "Host: files.example");
            await HeadAsync(gone);
            gone.Reset();
        }

        var next = await server.GetAsync("/a/left.bin");

        next.Body.AsSpan().SequenceEqual(content).Should().BeTrue();
    }

    [Theory]
    [InlineData("resets the connection")]
    [InlineData("closes the connection")]
    [InlineData("ends its side of the connection")]
    public async Task Readers_that_leave_in_the_middle_give_back_the_memory_their_heads_were_in(string how)
    {
        await using var server = await TestServer.StartAsync();
        Place(server, "a/left.bin", Large);
        for (var i = 0; i < 8; i++)
        {
            await using var gone = await server.ConnectAsync();
            await gone.SendAsync("GET /a/left.bin HTTP/1.1", "Host: files.example");
            await HeadAsync(gone);
            switch (how)
            {
                case "resets the connection":
                    gone.Reset();
                    break;
                case "ends its side of the connection":
                    gone.EndSending();
                    await gone.ReadToEndAsync();
                    break;
            }
        }

        await server.StopAsync();

        server.ReceiveMemory.HeldBytes.Should().Be(0);
    }

    private static byte[] Place(TestServer server, string key, int bytes)
    {
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        var path = Path.Combine(server.StorePath, key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return content;
    }

    private static async Task HeadAsync(RawConnection wire)
    {
        (await wire.ReadLineAsync()).Should().Be("HTTP/1.1 200 OK");
        while (await wire.ReadLineAsync() is { Length: > 0 })
        {
        }
    }
}
