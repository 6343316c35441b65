using System.Globalization;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Downloads;

public sealed class RangeTests
{
    [Theory]
    [InlineData("bytes=0-4", "01234", "bytes 0-4/10")]
    [InlineData("bytes=3-", "3456789", "bytes 3-9/10")]
    [InlineData("bytes=-4", "6789", "bytes 6-9/10")]
    [InlineData("bytes=-99", "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=9-9", "9", "bytes 9-9/10")]
    [InlineData("bytes=5-99", "56789", "bytes 5-9/10")]
    public async Task A_part_is_sent_as_asked(string range, string part, string contentRange)
    {
        await using var server = await WithTenBytesAsync();

        var get = await server.GetAsync("/a/b.bin", $"Range: {range}");

        (get.Status, get.Text, get["Content-Range"]).Should().Be((206, part, contentRange));
        get["Content-Length"].Should().Be(part.Length.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task The_unit_of_a_range_is_read_in_any_case_and_only_what_was_served_is_counted()
    {
        await using var server = await WithTenBytesAsync();

        var part = await server.GetAsync("/a/b.bin", "Range: Bytes=2-4");
        var none = await server.GetAsync("/a/b.bin", "Range: bytes=10-");
        var known = await server.GetAsync("/a/b.bin", $"If-None-Match: {part["ETag"]}");

        (part.Status, part.Text).Should().Be((206, "234"));
        (none.Status, known.Status).Should().Be((416, 304));
        server.Metrics.Sum("hfs.downloads").Should().Be(1);
    }

    [Theory]
    [InlineData("bytes=10-")]
    [InlineData("bytes=99-100")]
    [InlineData("bytes=-0")]
    public async Task A_part_beyond_the_end_is_416_with_the_length(string range)
    {
        await using var server = await WithTenBytesAsync();

        var get = await server.GetAsync("/a/b.bin", $"Range: {range}");

        (get.Status, get["Content-Range"], get["Content-Length"]).Should().Be((416, "bytes */10", "0"));
    }

    [Theory]
    [InlineData("Range: bytes=10-", 416)]
    [InlineData("Range: bytes=99-100", 416)]
    [InlineData("If-Match: \"another\"", 412)]
    [InlineData("If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT", 412)]
    public async Task An_error_is_not_kept_by_a_cache_and_names_no_version_of_the_file(string header, int status)
    {
        await using var server = await WithTenBytesAsync();
        foreach (var origin in new[] { "X-Nothing: 1", "Origin: https://chat.example" })
        {
            var get = await server.GetAsync("/a/b.bin", header, origin);

            (get.Status, get["Cache-Control"]).Should().Be((status, "no-store"));
            (get["ETag"], get["Last-Modified"], get["Content-Disposition"]).Should().Be((null, null, null));
        }
    }

    [Theory]
    [InlineData("Range: bytes=0-4")]
    [InlineData("Range: bytes=99-")]
    [InlineData("Range: bytes=0-4", "If-Range: \"another\"")]
    [InlineData("Range: bytes=0-4", "If-None-Match: \"another\"")]
    [InlineData("Range: lines=0-4")]
    public async Task HEAD_knows_no_ranges(params string[] headers)
    {
        await using var server = await WithTenBytesAsync();

        var head = await server.SendAsync("HEAD /a/b.bin HTTP/1.1", headers);

        (head.Status, head["Content-Length"], head["Content-Range"]).Should().Be((200, "10", null));
        head["Accept-Ranges"].Should().Be("bytes");
        head["Cache-Control"].Should().Contain("immutable");
    }

    [Theory]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("lines=0-1")]
    [InlineData("bytes=4-2")]
    [InlineData("bytes=a-b")]
    public async Task What_we_do_not_offer_gives_the_whole_file(string range)
    {
        await using var server = await WithTenBytesAsync();

        var get = await server.GetAsync("/a/b.bin", $"Range: {range}");

        (get.Status, get.Text).Should().Be((200, "0123456789"));
    }

    [Fact]
    public async Task If_range_gives_the_part_of_the_same_file_and_else_the_whole()
    {
        await using var server = await WithTenBytesAsync();
        var whole = await server.GetAsync("/a/b.bin");

        async Task<int> StatusAsync(string ifRange) =>
            (await server.GetAsync("/a/b.bin", "Range: bytes=5-", $"If-Range: {ifRange}")).Status;

        (await StatusAsync(whole["ETag"]!)).Should().Be(206);
        (await StatusAsync(whole["Last-Modified"]!)).Should().Be(206);
        (await StatusAsync("\"another\"")).Should().Be(200);
        (await StatusAsync("Tue, 01 Jan 2019 00:00:00 GMT")).Should().Be(200);
    }

    [Fact]
    public async Task Who_has_the_file_gets_304()
    {
        await using var server = await WithTenBytesAsync();
        var whole = await server.GetAsync("/a/b.bin");

        var byTag = await server.GetAsync("/a/b.bin", $"If-None-Match: {whole["ETag"]}");
        var byTags = await server.GetAsync("/a/b.bin", $"If-None-Match: \"x\", W/{whole["ETag"]}");
        var byDate = await server.GetAsync("/a/b.bin", $"If-Modified-Since: {whole["Last-Modified"]}");
        var other = await server.GetAsync("/a/b.bin", "If-None-Match: \"x\"");

        foreach (var unchanged in new[] { byTag, byTags, byDate })
        {
            (unchanged.Status, unchanged["ETag"], unchanged["Cache-Control"])
                .Should().Be((304, whole["ETag"], whole["Cache-Control"]));
        }

        other.Status.Should().Be(200);
    }

    [Fact]
    public async Task An_empty_file_has_no_parts()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/empty", 0), []);

        (await server.GetAsync("/a/empty")).Status.Should().Be(200);
        (await server.GetAsync("/a/empty", "Range: bytes=0-")).Status.Should().BeOneOf(200, 416);
    }

    [Fact]
    public async Task Two_files_have_two_tags()
    {
        await using var server = await WithTenBytesAsync();
        await server.PutAsync(SignedUrls.V("a/c.bin", 10), "0123456789"u8.ToArray());

        (await server.GetAsync("/a/c.bin"))["ETag"].Should().NotBe((await server.GetAsync("/a/b.bin"))["ETag"]);
    }

    private static async Task<TestServer> WithTenBytesAsync()
    {
        var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/b.bin", 10), "0123456789"u8.ToArray());
        return server;
    }
}
