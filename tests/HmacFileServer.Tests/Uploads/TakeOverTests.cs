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

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(3_000_000)]
    public async Task The_same_content_again_is_welcome(int length)
    {
        await using var server = await TestServer.StartAsync();
        var body = new byte[length];
        new Random(length).NextBytes(body);
        await server.PutAsync(SignedUrls.V(Key, length), body);
        var before = await server.GetAsync("/" + Key);

        var again = await server.PutAsync(SignedUrls.V(Key, length), body);

        (again.Status, again["Content-Length"]).Should().Be((201, "0"));
        (await server.GetAsync("/" + Key))["ETag"].Should().Be(before["ETag"]);
        server.ExpectLeft(Key);
        server.Metrics.Sum("hfs.uploads").Should().Be(1);
        server.Metrics.Sum("hfs.uploads.repeated", "scheme=v").Should().Be(1);
        server.Log.Of(102).Should().Equal("Stored before, and the same again: s1/cat.jpg, from 127.0.0.1");
    }

    [Theory]
    [Provokes("already-uploaded")]
    [InlineData(5, 0)]
    [InlineData(5, 4)]
    [InlineData(8_000_000, 0)]
    [InlineData(8_000_000, 4_000_000)]
    [InlineData(8_000_000, 7_999_999)]
    public async Task Another_content_is_refused_and_the_stored_file_stays_as_it_was(int length, int differsAt)
    {
        await using var server = await TestServer.StartAsync();
        var body = new byte[length];
        await server.PutAsync(SignedUrls.V(Key, length), body);
        var other = new byte[length];
        other[differsAt] = 1;

        var again = await server.PutAsync(SignedUrls.V(Key, length), other);

        (again.Status, again["X-Refusal"]).Should().Be((409, "already-uploaded"));
        server.Stored(Key).Should().Equal(body);
        server.ExpectLeft(Key);
        (await server.PutAsync(SignedUrls.V(Key, length), body)).Status.Should().Be(201);
    }

    [Fact]
    public async Task A_content_of_another_length_is_refused_before_it_is_sent()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V(Key, 5), Hello);
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            $"PUT {SignedUrls.V(Key, 6)} HTTP/1.1", "Host: h", "Content-Length: 6", "Expect: 100-continue");

        (await wire.ReadAsync())["X-Refusal"].Should().Be("already-uploaded");
        server.Stored(Key).Should().Equal(Hello);
    }

    [Theory]
    [InlineData("s1", "s1/cat.jpg")]
    [InlineData("s1/cat.jpg", "s1/cat.jpg/more")]
    [InlineData("s1/cat.jpg/more", "s1/cat.jpg")]
    [InlineData("s1/cat.jpg", "s1/cat.jpg/x/y/z")]
    public async Task A_file_and_a_folder_cannot_have_one_name(string there, string wanted)
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V(there, 5), Hello);

        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT {SignedUrls.V(wanted, 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "Expect: 100-continue");
        var put = await wire.ReadAsync();

        (put.Status, put["X-Refusal"]).Should().Be((409, "already-uploaded"), "before the body is sent");
        (await server.GetAsync(SignedUrls.Path(wanted))).Status.Should().Be(404);
        server.ExpectLeft(there);
    }

    [Fact]
    public async Task The_same_content_that_another_server_on_the_store_took_first_is_welcome()
    {
        await using var one = await TestServer.StartAsync();
        await using var other = await TestServer.StartAsync($"storage_path = \"{one.StorePath}\"");
        await using var wire = await one.ConnectAsync();
        await wire.SendAsync(
            $"PUT {SignedUrls.V(Key, 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);
        (await other.PutAsync(SignedUrls.V(Key, 5), Hello)).Status.Should().Be(201);

        await wire.SendAsync(Hello);

        (await wire.ReadAsync()).Status.Should().Be(201);
        one.Stored(Key).Should().Equal(Hello);
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
