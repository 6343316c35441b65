using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads;

public sealed class TakeOverTests
{
    private const string Key = "s1/cat.jpg";
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Fact]
    [Provokes("superseded")]
    public async Task A_newer_upload_takes_over_from_one_that_hangs()
    {
        await using var server = await TestServer.StartAsync();
        await using var hanging = await BeginAsync(server, Key, 200_000);
        await hanging.SendAsync(new byte[100_000]);
        var body = new byte[200_000];
        body.AsSpan().Fill(7);

        var second = await server.PutAsync(SignedUrls.V(Key, body.Length), body);

        second.Status.Should().Be(201);
        server.Stored(Key).Should().Equal(body);
        var first = await hanging.ReadAsync();
        (first.Status, first["X-Refusal"]).Should().Be((409, "superseded"));
        server.ExpectLeft(Key);
        server.Log.Of(101).Should().Equal("Refused s1/cat.jpg: 409 superseded, from 127.0.0.1");
        server.Metrics.Sum("hfs.refusals", "code=superseded").Should().Be(1);
    }

    [Fact]
    public async Task The_last_of_many_takers_wins()
    {
        await using var server = await TestServer.StartAsync();
        var hanging = new List<RawConnection>();
        for (var i = 0; i < 5; i++)
        {
            hanging.Add(await BeginAsync(server, Key, 5));
        }

        await hanging[^1].SendAsync(Hello);

        (await hanging[^1].ReadAsync()).Status.Should().Be(201);
        foreach (var wire in hanging.SkipLast(1))
        {
            (await wire.ReadAsync())["X-Refusal"].Should().Be("superseded");
            await wire.DisposeAsync();
        }

        await hanging[^1].DisposeAsync();
        server.ExpectLeft(Key);
    }

    [Fact]
    public async Task Of_fifty_uploads_at_once_one_content_wins_and_is_whole()
    {
        await using var server = await TestServer.StartAsync("fsync = false");
        var contents = new[] { new byte[300_000], new byte[300_000] };
        contents[0].AsSpan().Fill(1);
        contents[1].AsSpan().Fill(2);
        var url = SignedUrls.V(Key, 300_000);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(async i => (Content: contents[i % 2], Answer: await server.PutAsync(url, contents[i % 2]))));

        var stored = server.Stored(Key);
        contents.Should().ContainSingle(content => content.SequenceEqual(stored));
        answers.Should().OnlyContain(answer => answer.Answer.Status == 409
            || (answer.Answer.Status == 201 && answer.Content.SequenceEqual(stored)));
        answers.Should().Contain(answer => answer.Answer.Status == 201);
        server.Metrics.Sum("hfs.uploads").Should().Be(1);
        server.ExpectLeft(Key);
    }

    [Fact]
    [Provokes("busy")]
    public async Task Over_max_concurrent_the_client_is_asked_to_come_again()
    {
        await using var server = await TestServer.StartAsync(more: "[uploads]\nmax_concurrent = 1");
        await using var first = await BeginAsync(server, Key, 5);
        await using var second = await server.ConnectAsync();

        await second.SendAsync(
            $"PUT {SignedUrls.V("a/b", 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "Expect: 100-continue");
        var busy = await second.ReadAsync();
        var again = await server.PutAsync(SignedUrls.V(Key, 5), Hello);
        var later = await server.PutAsync(SignedUrls.V("a/b", 5), Hello);

        (busy.Status, busy["X-Refusal"], busy["Retry-After"]).Should().Be((503, "busy", "10"));
        again.Status.Should().Be(201, "it takes the place of the one that hangs");
        later.Status.Should().Be(201);
        server.ExpectLeft("a/b", Key);
    }

    /// <summary>An upload whose body the server waits for.</summary>
    private static async Task<RawConnection> BeginAsync(TestServer server, string key, int length)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT {SignedUrls.V(key, length)} HTTP/1.1", "Host: h", $"Content-Length: {length}",
            "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);
        return wire;
    }
}
