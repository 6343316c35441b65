using System.Text;
using HmacFileServer.Ledger;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads.Names;

/// <summary>Uploads to a name that is taken.</summary>
public sealed class SameNameTests
{
    private const string Key = "s1/cat.jpg";
    private static readonly byte[] Hello = "hello"u8.ToArray();

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

    [Theory]
    [InlineData("hello", 201)]
    [InlineData("other", 409)]
    public async Task Only_the_same_content_is_welcome_where_another_server_on_the_store_took_one_first(
        string content, int status)
    {
        await using var one = await TestServer.StartAsync();
        await using var other = await TestServer.StartAsync($"storage_path = \"{one.StorePath}\"");
        await using var wire = await one.ConnectAsync();
        await wire.SendAsync(
            $"PUT {SignedUrls.V(Key, 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "Expect: 100-continue");
        (await wire.ReadAsync()).Status.Should().Be(100);
        (await other.PutAsync(SignedUrls.V(Key, 5), Hello)).Status.Should().Be(201);

        var entry = other.Service<ILedger>().Find(Key);
        await wire.SendAsync(Encoding.ASCII.GetBytes(content));

        (await wire.ReadAsync()).Status.Should().Be(status);
        one.Stored(Key).Should().Equal(Hello);
        var ledger = one.Service<ILedger>();
        ledger.Find(Key).Should().NotBeNull().And.BeEquivalentTo(entry, "it is of the file that is there");
        ledger.UsageOf(null).Should().Be(new Usage(5, 1));
    }

    [Theory]
    [InlineData("hello", 201)]
    [InlineData("other", 409)]
    public async Task The_entry_stays_that_of_a_file_published_when_another_server_had_just_seen_none(
        string content, int status)
    {
        var (seen, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var one = await TestServer.StartAsync(ledger: opened => LedgerBefore.Of(
            opened, nameof(ILedger.ReplaceAsync), () => { seen.SetResult(); go.Task.Wait(); }));
        await using var other = await TestServer.StartAsync($"storage_path = \"{one.StorePath}\"");
        var ledger = other.Service<ILedger>();
        var winner = new LedgerEntry
        {
            Key = Key,
            Size = 5,
            Owner = "alice",
            Scheme = "v3",
            StoredAt = DateTimeOffset.UnixEpoch.AddYears(60),
        };
        await ledger.EnrolAsync(winner);

        var losing = one.PutAsync(SignedUrls.V(Key, 5), Encoding.ASCII.GetBytes(content));
        await seen.Task;
        Directory.CreateDirectory(Path.Combine(one.StorePath, "s1"));
        await File.WriteAllBytesAsync(Path.Combine(one.StorePath, Key), Hello);
        ledger.Confirm(winner);
        ledger.Find(Key).Should().NotBeNull();
        go.SetResult();

        (await losing).Status.Should().Be(status);
        ledger.Find(Key).Should().NotBeNull()
            .And.BeEquivalentTo(winner, options => options.Excluding(entry => entry.Place));
        ledger.UsageOf(null).Should().Be(new Usage(5, 1));
        one.Stored(Key).Should().Equal(Hello);
    }
}
