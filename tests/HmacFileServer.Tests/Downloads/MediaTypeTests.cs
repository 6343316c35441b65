using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Downloads;

/// <summary>
/// A Content-Type is one media type (RFC 9110 section 8.3.1) or nothing that a browser gets to see: of a list it takes
/// the last, of the rest it guesses.
/// </summary>
public sealed class MediaTypeTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    public static TheoryData<string> MediaTypes => new(
        "image/png",
        "IMAGE/PNG",
        "image/vnd.a+b.c-d_e; x=1; y=2",
        "audio/ogg;codecs=opus",
        "audio/ogg ; codecs=opus",
        "audio/ogg;\tcodecs=opus",
        "audio/ogg; codecs=\"opus\"",
        "video/mp4; codecs=\"avc1.42E01E, mp4a.40.2\"",
        "image/png; a=\"b; c/d\"",
        "image/png; a=\"b\\\"c\"",
        "image/png; a=\"\"",
        "image/png;",
        "image/png; ; a=b");

    public static TheoryData<string> NoMediaTypes => new(
        "image/png, text/html",
        "image/png,text/html",
        "text/html,image/png",
        "image/png,",
        ",image/png",
        "image/png; a=b, text/html",
        "image/png; a=\"b\", text/html",
        "image/png; a=\"\\\", text/html; b=\\\"\"", // one type to who knows quoted pairs, three to who does not
        "image/png text/html",
        "image/png; a=b c",
        "image /png",
        "image/ png",
        "image",
        "/png",
        "image/",
        "image/png/html",
        "image/png; a",
        "image/png; a=",
        "image/png; =b",
        "image/png; a =b",
        "image/png; a= b",
        "image/png; a=\"b",
        "image/png; a=\"b\\",
        "image/png; a=\"b\"c",
        "image/png a=b",
        "image/<png>",
        "image/(png)",
        "image/p@ng",
        "image/png\u001b[31m",
        "image/png\u0007",
        "image/\u007fpng",
        "image/png; a=\"\u001b\"",
        "image/\u009bpng",
        "image/pñg",
        "image/png; a=\"ñ\"",
        "bogus");

    [Theory]
    [MemberData(nameof(MediaTypes))]
    public async Task One_media_type_is_kept_as_it_was_sent_and_shown_in_place(string type)
    {
        await using var server = await TestServer.StartAsync();

        await server.PutAsync(SignedUrls.V("a/cat.svg", 5), Hello, $"Content-Type: {type}");

        var get = await server.GetAsync("/a/cat.svg");
        get["Content-Type"].Should().Be(type);
        get["Content-Disposition"].Should().StartWith("inline;");
    }

    [Theory]
    [MemberData(nameof(NoMediaTypes))]
    public async Task What_is_no_media_type_is_bytes_to_save_whoever_vouched_for_it(string type)
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        var claims = SignedUrls.Claims(("filetype", type));

        var sent = new[]
        {
            await server.PutAsync(SignedUrls.V("a/cat.png", 5), Hello, $"Content-Type: {type}"),
            await server.PutAsync(SignedUrls.V2("b/cat.png", 5, type), Hello, $"Content-Type: {type}"),
            await server.PutAsync(
                SignedUrls.V3("PUT", "/c/cat.png", 1_700_000_300), Hello, $"Content-Type: {type}"),
            await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(claims), "Content-Type: image/png"),
        };

        sent.Select(put => put.Status).Should().OnlyContain(status => status == 201);
        foreach (var target in new[] { "/a/cat.png", "/b/cat.png", "/c/cat.png", "/s1/cat.jpg" })
        {
            ExpectBytes(await server.GetAsync(target), target);
            ExpectBytes(await server.GetAsync(target, "Range: bytes=1-2"), target);
            using var file = File.OpenHandle(server.StorePath + target);
            BlobMetadata.ReadFrom(file).ContentType.Should().Be("application/octet-stream");
        }
    }

    [Theory]
    [MemberData(nameof(NoMediaTypes))]
    public async Task What_was_stored_with_such_a_type_before_is_saved_too(string type)
    {
        await using var server = await TestServer.StartAsync(prepare: folder =>
        {
            Directory.CreateDirectory(folder.File("store/a"));
            File.WriteAllBytes(folder.File("store/a/cat.png"), Hello);
            using var file = File.OpenHandle(folder.File("store/a/cat.png"), access: FileAccess.ReadWrite);
            new BlobMetadata(type, null).WriteTo(file);
        });

        ExpectBytes(await server.GetAsync("/a/cat.png"), type);
    }

    [Fact]
    public async Task Two_headers_are_a_list()
    {
        await using var server = await TestServer.StartAsync();

        await server.PutAsync(
            SignedUrls.V("a/cat.png", 5), Hello, "Content-Type: image/png", "Content-Type: text/html");

        ExpectBytes(await server.GetAsync("/a/cat.png"), "two headers");
    }

    [Theory]
    [InlineData("image/svg+xml")]
    [InlineData("Image/SVG+XML ;charset=utf-8")]
    [InlineData("image/anything+xml")]
    [InlineData("video/ANYTHING+xml; a=b")]
    [InlineData("audio/x+xml")]
    public async Task A_picture_or_film_that_is_xml_is_saved_for_it_can_hold_a_script(string type)
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/b", 5), Hello, $"Content-Type: {type}");

        var get = await server.GetAsync("/a/b");

        get["Content-Disposition"].Should().StartWith("attachment;");
        get["Content-Security-Policy"].Should().EndWith("; sandbox");
    }

    private static void ExpectBytes(RawResponse get, string what)
    {
        get.Headers.Where(line => line.StartsWith("Content-Type:", StringComparison.OrdinalIgnoreCase))
            .Should().Equal(["Content-Type: application/octet-stream"], "of {0}", what);
        get["Content-Disposition"].Should().StartWith("attachment;", "of {0}", what);
        get["X-Content-Type-Options"].Should().Be("nosniff");
        get["Content-Security-Policy"].Should().EndWith("; sandbox");
    }
}
