using HmacFileServer.Ledger;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads.Names;

/// <summary>What is too long to be kept is refused, or not kept; the disk is not full of it.</summary>
public sealed class LongNameTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Theory]
    [Provokes("bad-path")]
    [InlineData("n", 2044, 201)]
    [InlineData("n", 2045, 400)]
    [InlineData("n", 8000, 400)]
    [InlineData("n", 20_000, 400)]
    [InlineData("日", 681, 201)]
    [InlineData("日", 682, 400)]
    [InlineData("n/", 1022, 201)]
    [InlineData("n/", 5000, 400)]
    public async Task A_key_of_more_than_2_kilobytes_is_no_key(string part, int times, int status)
    {
        await using var server = await TestServer.StartAsync();
        var key = "s1/" + string.Concat(Enumerable.Repeat(part, times)).TrimEnd('/') + (part == "n/" ? "" : "e");

        var put = await server.PutAsync(SignedUrls.V(key, 5), Hello);
        var get = await server.GetAsync(SignedUrls.Path(key));

        put.Status.Should().Be(status);
        get.Status.Should().Be(status == 201 ? 200 : 404);
        if (status == 400)
        {
            put["X-Refusal"].Should().Be("bad-path");
            server.ExpectLeft();
        }
    }

    [Theory]
    [InlineData('o', 3071, 201)]
    [InlineData('o', 3072, 400)]
    [InlineData('o', 6000, 400)]
    [InlineData('ö', 1535, 201)]
    [InlineData('ö', 1536, 400)]
    public async Task An_owner_longer_than_an_address_can_be_is_400(char letter, int length, int status)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock);
        var token = SignedUrls.Jwt(SignedUrls.Claims(("sub", new string(letter, length))));

        var put = await server.PutAsync("/s1/cat.jpg", Hello, token);

        put.Status.Should().Be(status);
        put["X-Refusal"].Should().Be(status == 400 ? "bad-request" : null);
    }

    [MountedFact(NeedsLoop = true)]
    public async Task What_does_not_fit_into_a_file_s_attributes_is_not_kept_and_the_file_is()
    {
        SmallDisk? disk = null;
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock, prepare: folder =>
            disk = SmallDisk.WithJournal(folder.File("store"), folder.File("image"), megabytes: 16));
        using var unmounted = disk;
        var (name, owner) = (new string('n', 2000), new string('o', 3000)); // ext4 has a block of 4 KB for all of them
        var token = SignedUrls.Jwt(SignedUrls.Claims(("filename", name), ("sub", owner)));

        (await server.PutAsync($"/s1/{name}", Hello, token)).Status.Should().Be(201);

        (await server.GetAsync($"/s1/{name}")).Text.Should().Be("hello");
        server.Service<ILedger>().Find($"s1/{name}")!.Owner.Should().Be(owner);
    }
}
