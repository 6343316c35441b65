using System.Globalization;
using HmacFileServer.Http;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots.Schemes;

public sealed class ContentTypeTests
{
    [Theory]
    [InlineData("image/png", "image/png")]
    [InlineData("TEXT/Plain", "TEXT/Plain")]
    [InlineData("text/plain; charset=utf-8", "text/plain; charset=utf-8")]
    [InlineData("text/plain; charset=utf-8", "text/plain;charset=utf-8")]
    [InlineData("text/plain;charset=utf-8", "text/plain ; charset=UTF-8")]
    [InlineData("image/png", "Image/PNG")]
    [InlineData("bogus", "bogus")]
    [InlineData("", null)]
    [InlineData("", "")]
    [InlineData("application/octet-stream", null)]
    [InlineData("application/octet-stream", "")]
    public void The_header_may_be_spelt_as_http_allows(string announced, string? sent)
    {
        foreach (var parameter in new[] { "v2", "token" })
        {
            Judge(SignedUrls.V2("s1/cat.jpg", 5, announced, parameter), sent).Should().BeNull();
        }
    }

    [Theory]
    [InlineData("image/png", "image/jpeg")]
    [InlineData("image/jpeg", null)]
    [InlineData("image/jpeg", "")]
    [InlineData("image/jpeg", "application/octet-stream")]
    [InlineData("text/plain", "text/plain; charset=utf-8")]
    [InlineData("text/plain; charset=utf-8", "text/plain")]
    [InlineData("", "application/octet-stream")]
    [InlineData("", "image/jpeg")]
    public void Another_type_is_refused_and_never_guessed_from_the_name(string announced, string? sent)
    {
        foreach (var parameter in new[] { "v2", "token" })
        {
            Judge(SignedUrls.V2("s1/cat.jpg", 5, announced, parameter), sent).Should().Be(Refusal.BadSignature);
        }
    }

    [Fact]
    public void A_type_of_more_than_255_characters_is_malformed()
    {
        var type = "text/" + new string('x', 251);

        Judge(SignedUrls.V2("s1/cat.jpg", 5, type), type).Should().Be(Refusal.BadRequest);
        Judge(SignedUrls.V2("s1/cat.jpg", 5, type[..255]), type[..255]).Should().BeNull();
    }

    [Fact]
    public async Task The_type_that_was_signed_is_the_type_that_is_served()
    {
        await using var server = await TestServer.StartAsync();

        await server.PutAsync(
            SignedUrls.V2("a/1.bin", 2, "TEXT/x-Odd; a=B"), "hi"u8.ToArray(), "Content-Type: TEXT/x-Odd; a=B");
        await server.PutAsync(SignedUrls.V2("a/2.txt", 2, ""), "hi"u8.ToArray());
        await server.PutAsync(SignedUrls.V2("a/3.txt", 2, "application/octet-stream"), "hi"u8.ToArray());
        await server.PutAsync(SignedUrls.V("a/4.txt", 2), "hi"u8.ToArray(), "Content-Type: application/x-four");

        (await server.GetAsync("/a/1.bin"))["Content-Type"].Should().Be("TEXT/x-Odd; a=B");
        (await server.GetAsync("/a/2.txt"))["Content-Type"].Should().Be("text/plain");
        (await server.GetAsync("/a/3.txt"))["Content-Type"].Should().Be("application/octet-stream");
        (await server.GetAsync("/a/4.txt"))["Content-Type"].Should().Be("application/x-four");
    }

    // What hmac-file-server accepted beside the real messages; each let somebody store what was never signed.
    public static TheoryData<string, string, string> LenientMessages() => new()
    {
        { "v", "a/b.txt", "the path alone" },
        { "v", "/a/b.txt 5", "the path with its slash" },
        { "v", "upload/a/b.txt 5", "the path with its prefix" },
        { "v", "/upload/a/b.txt 5", "the whole path" },
        { "v", "a/b.txt\0" + "5", "a NUL for the space" },
        { "v", "a/b.txt\0" + "5\0text/plain", "another scheme's message" },
        { "v", "a/b.txt 05", "a padded length" },
        { "v", "b.txt 5", "the name alone" },
        { "v2", "a/b.txt", "the path alone" },
        { "v2", "a/b.txt 5", "another scheme's message" },
        { "v2", "a/b.txt\0" + "5", "no type" },
        { "v2", "a/b.txt\0" + "5\0", "an empty type" },
        { "v2", "/a/b.txt\0" + "5\0text/plain", "the path with its slash" },
        { "v2", "a/b.txt\n5\ntext/plain", "line feeds" },
        { "token", "a/b.txt", "the path alone" },
        { "token", "a/b.txt 5", "another scheme's message" },
        { "token", "a/b.txt\0" + "5", "no type" },
        { "v3", "PUT\n/upload/a/b.txt", "no expiry" },
        { "v3", "PUT\n/upload/a/b.txt\n1700000300", "another order" },
        { "v3", "PUT\n1700000300\na/b.txt", "the path without its prefix" },
        { "v3", "/upload/a/b.txt", "the path alone" },
    };

    [Theory]
    [MemberData(nameof(LenientMessages))]
    public void Nothing_but_the_one_message_of_a_scheme_verifies(string scheme, string message, string what)
    {
        var expires = scheme == "v3" ? "&expires=1700000300" : "";
        var target = string.Create(
            CultureInfo.InvariantCulture, $"/upload/a/b.txt?{scheme}={SignedUrls.Hex(message)}{expires}");

        Judgement.Of(Judgement.Rules(), target, 5, "text/plain").Should().Be(Refusal.BadSignature, "of {0}", what);
    }

    [Fact]
    public void A_header_of_hmac_file_server_signs_nothing()
    {
        var signature = SignedUrls.Hex("/upload/a/b.txt");

        Judgement.Of(Judgement.Rules(), $"/upload/a/b.txt?X-Signature={signature}", 5).Should().Be(Refusal.Unsigned);
    }

    private static Refusal? Judge(string target, string? type) =>
        Judgement.Of(Judgement.Rules(), "/upload" + target, 5, type);
}
