using System.Text;
using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Downloads;

/// <summary>Browsers take text without a charset for Latin-1; chat clients mean UTF-8 and do not say so.</summary>
public sealed class TextEncodingTests
{
    private const int Looked = 64 << 10;
    private const string Utf8 = "text/plain; charset=utf-8";

    [Theory]
    [InlineData("text/plain", Utf8)]
    [InlineData("TEXT/Plain", "TEXT/Plain; charset=utf-8")]
    [InlineData("", Utf8)]
    [InlineData("text/plain;", Utf8)]
    [InlineData("text/plain ; ", Utf8)]
    [InlineData("text/plain; format=flowed", "text/plain; format=flowed; charset=utf-8")]
    [InlineData("text/plain; x=\"charset=a\"", "text/plain; x=\"charset=a\"; charset=utf-8")]
    [InlineData("text/plain; charset=iso-8859-15", "text/plain; charset=iso-8859-15")]
    [InlineData("text/plain;CharSet=\"utf-16\"", "text/plain;CharSet=\"utf-16\"")]
    [InlineData("text/html", "text/html")]
    [InlineData("text/markdown", "text/markdown")]
    [InlineData("image/png", "image/png")]
    [InlineData("application/octet-stream", "application/octet-stream")]
    public async Task Text_that_is_shown_in_place_and_is_utf8_says_so_and_nothing_else_does(string sent, string served)
    {
        await using var server = await TestServer.StartAsync();
        var body = "Grüße aus Köln"u8.ToArray();
        await server.PutAsync(SignedUrls.V("a/b.txt", body.Length), body, $"Content-Type: {sent}");

        await ExpectEverywhereAsync(server, served);
        (await server.GetAsync("/a/b.txt")).Body.Should().Equal(body);
        using var file = File.OpenHandle(Path.Combine(server.StorePath, "a/b.txt"));
        BlobMetadata.ReadFrom(file).ContentType.Should().Be(sent.Length == 0 ? null : sent.Trim(), "it stays");
    }

    [Theory]
    [InlineData("text/*", "text/markdown", "text/markdown; charset=utf-8")]
    [InlineData("image/*", "text/plain", "text/plain")]
    public async Task What_is_shown_in_place_is_what_counts(string inline, string sent, string served)
    {
        await using var server = await TestServer.StartAsync(more: $"[downloads]\ninline_types = [\"{inline}\"]");
        await server.PutAsync(SignedUrls.V("a/b.txt", 2), "ü"u8.ToArray(), $"Content-Type: {sent}");

        (await server.GetAsync("/a/b.txt"))["Content-Type"].Should().Be(served);
    }

    public static TheoryData<string, byte[], bool> Bodies()
    {
        byte[] Of(int letters, params byte[] then) => [.. Enumerable.Repeat((byte)'a', letters), .. then];
        byte[] More(byte[] begin) => [.. begin, .. new byte[Looked]];
        return new TheoryData<string, byte[], bool>
        {
            { "nothing", [], false },
            { "ASCII", "hello"u8.ToArray(), false },
            { "a byte order mark", [0xEF, 0xBB, 0xBF, (byte)'a'], true },
            { "four bytes", "😀"u8.ToArray(), true },
            { "Latin-1", Encoding.Latin1.GetBytes("Grüße"), false },
            { "UTF-16", [0xFF, 0xFE, (byte)'a', 0], false },
            { "an overlong form", [0xC0, 0x80], false },
            { "half a surrogate pair", [0xED, 0xA0, 0x80], false },
            { "above U+10FFFF", [0xF4, 0x90, 0x80, 0x80], false },
            { "cut short at its end", [.. "Grüße"u8, 0xC3], false },
            { "one Latin-1 byte after much UTF-8", [.. Encoding.UTF8.GetBytes(new string('ü', 9000)), 0xFC], false },
            { "64 KB that end with a letter", Of(Looked - 2, 0xC3, 0xBC), true },
            { "a letter of two across the cut", Of(Looked - 1, 0xC3, 0xBC), true },
            { "a letter of three across the cut", Of(Looked - 1, 0xE2, 0x82, 0xAC), true },
            { "a letter of three across the cut, by two", Of(Looked - 2, 0xE2, 0x82, 0xAC), true },
            { "a letter of four across the cut", Of(Looked - 1, 0xF0, 0x9F, 0x98, 0x80), true },
            { "a letter of four across the cut, by three", Of(Looked - 3, 0xF0, 0x9F, 0x98, 0x80), true },
            { "the first letter after the cut", Of(Looked, 0xC3, 0xBC), false },
            { "Latin-1 after the cut", [.. Of(Looked - 2, 0xC3, 0xBC), 0xFC], true },
            { "Latin-1 at the cut", More(Of(Looked - 3, 0xC3, 0xBC, 0xFF)), false },
            { "a stray continuation at the cut", More(Of(Looked - 3, 0xC3, 0xBC, 0x80)), false },
            { "an impossible beginning at the cut", More(Of(Looked - 2, 0xE0, 0x80)), false },
            { "64 KB cut short and nothing more", Of(Looked - 1, 0xC3), false },
        };
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task The_first_64_KB_tell(string what, byte[] body, bool isUtf8)
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Directory.CreateDirectory(folder.File("store/a"));
            File.WriteAllBytes(folder.File("store/a/b.txt"), body);
        });

        var get = await server.GetAsync("/a/b.txt");

        get["Content-Type"].Should().Be(isUtf8 ? Utf8 : "text/plain", "of {0}", what);
        get.Body.Should().Equal(body);
    }

    [Fact]
    public async Task Nginx_is_told_the_same()
    {
        await using var server = await TestServer.StartAsync(more: "[downloads]\naccel_redirect = \"/protected\"");
        await server.PutAsync(SignedUrls.V("a/b.txt", 2), "ü"u8.ToArray());

        (await server.GetAsync("/a/b.txt"))["Content-Type"].Should().Be(Utf8);
        (await server.SendAsync("HEAD /a/b.txt HTTP/1.1"))["Content-Type"].Should().Be(Utf8);
    }

    private static async Task ExpectEverywhereAsync(TestServer server, string type)
    {
        (await server.GetAsync("/a/b.txt"))["Content-Type"].Should().Be(type);
        (await server.GetAsync("/a/b.txt"))["Content-Type"].Should().Be(type, "it is asked again");
        (await server.SendAsync("HEAD /a/b.txt HTTP/1.1"))["Content-Type"].Should().Be(type);
        (await server.GetAsync("/a/b.txt", "Range: bytes=0-1"))["Content-Type"].Should().Be(type);
        (await server.GetAsync("/a/b.txt", "Range: bytes=-2"))["Content-Type"].Should().Be(type);
        (await server.GetAsync("/a/b.txt", "If-None-Match: \"another\""))["Content-Type"].Should().Be(type);
    }
}
