using System.Globalization;
using HmacFileServer.Http;
using HmacFileServer.Slots;
using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;
using Microsoft.AspNetCore.StaticFiles;

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

    // QXmpp (Kaidan) and Psi+ send none, Pidgin's plugin always the default, others whatever they find.
    [Theory]
    [InlineData("cat.jpg", "image/jpeg", null)]
    [InlineData("cat.jpg", "image/jpeg", "")]
    [InlineData("cat.jpg", "image/jpeg", "application/octet-stream")]
    [InlineData("cat.jpg", "image/jpeg", "image/pjpeg")]
    [InlineData("cat.JPG", "image/jpeg", null)]
    [InlineData("cat.jpg", "image/jpeg", "image/jpeg; a=b")]
    [InlineData("cat.jpg", "application/octet-stream", "image/jpeg")]
    [InlineData("cat.jpg", "application/octet-stream", "application/x-anything; a=b")]
    [InlineData("cat.jpg", "application/octet-stream", "no type at all")]
    [InlineData("cat.jpg", "", "image/jpeg")]
    [InlineData("cat.jpg", "", "application/octet-stream")]
    [InlineData("a.txt", "text/plain", null)]
    [InlineData("a.bin", "text/plain", "text/plain; charset=")]
    [InlineData("a.bin", "text/plain", "TEXT/plain; foo")]
    [InlineData("a.odt", "application/vnd.oasis.opendocument.text", null)]
    [InlineData("a.vcf", "text/vcard", null)]
    [InlineData("a.log", "text/x-log", null)]
    [InlineData("a.mp3", "audio/mp3", null)]
    [InlineData("a.txt", "text/plain", "text/plain; charset=utf-8")]
    [InlineData("a.txt", "text/plain", "TEXT/PLAIN;charset=utf-8")]
    [InlineData("a.txt", "text/plain", "application/octet-stream")]
    [InlineData("a.m4a", "audio/mp4", null)]
    [InlineData("a.m4a", "audio/x-m4a", null)]
    [InlineData("a.ogg", "audio/ogg", null)]
    [InlineData("a.ogg", "video/ogg", null)]
    [InlineData("a.unheard-of", "application/x-own", "application/x-own")]
    [InlineData("a.unheard-of", "application/octet-stream", null)]
    [InlineData("nothing", "application/octet-stream", "image/png")]
    public async Task A_client_may_send_another_type_than_its_slot_has_and_the_slots_is_stored(
        string name, string announced, string? sent)
    {
        await using var server = await TestServer.StartAsync(
            more: "[downloads]\ninline_types = []"); // text is served as it is stored
        string[] header = sent is null ? [] : [$"Content-Type: {sent}"];

        foreach (var parameter in new[] { "v2", "token" })
        {
            var put = await server.PutAsync(
                SignedUrls.V2($"{parameter}/{name}", 5, announced, parameter), "hello"u8.ToArray(), header);

            put.Status.Should().Be(201, put.Text);
            using var file = File.OpenHandle(Path.Combine(server.StorePath, parameter, name));
            BlobMetadata.ReadFrom(file).ContentType.Should().Be(announced.Length == 0 ? null : announced);
        }
    }

    [Fact]
    public async Task A_client_of_HTTP_1_0_that_calls_everything_bytes_uploads_a_picture()
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            $"PUT {SignedUrls.V2("a/cat.jpg", 5, "image/jpeg")} HTTP/1.0", "Content-Length: 5",
            "Content-Type: application/octet-stream");
        await wire.SendAsync("hello"u8.ToArray());

        (await wire.ReadAsync()).Status.Should().Be(201);
        (await server.GetAsync("/a/cat.jpg"))["Content-Type"].Should().Be("image/jpeg");
    }

    [Theory]
    [InlineData("cat.jpg", "image/png", "image/jpeg")]
    [InlineData("cat.jpg", "image/png", null)]
    [InlineData("cat.jpg", "image/png", "")]
    [InlineData("cat.jpg", "image/png", "application/octet-stream")]
    [InlineData("cat.jpg", "text/html", null)]
    [InlineData("cat.jpg", "text/html", "text/html, image/jpeg")]
    [InlineData("cat.jpg", "text/html", "image/jpeg, text/html")]
    [InlineData("cat.jpg", "text/html", "image/jpeg; a=\"text/html\"")]
    [InlineData("cat.jpg.png", "image/jpeg", null)]
    [InlineData("cat", "image/jpeg", null)]
    [InlineData("jpg", "image/jpeg", null)]
    [InlineData("a.unheard-of", "application/x-own", null)]
    [InlineData("a.txt", "text/plain; charset=utf-8", "text/plain")]
    [InlineData("a.txt", "text/plain; charset=utf-8", "text/plain; charset=utf-16")]
    [InlineData("a.txt", "text/plain; charset=utf-8", null)]
    [InlineData("a.txt", "text", "text/plain")]
    [InlineData("a.txt", "bogus", null)]
    public void A_type_that_neither_the_client_nor_the_name_says_is_refused(
        string name, string announced, string? sent)
    {
        foreach (var parameter in new[] { "v2", "token" })
        {
            Judge(SignedUrls.V2($"s1/{name}", 5, announced, parameter), sent).Should().Be(Refusal.BadSignature);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/octet-stream")]
    [InlineData("image/jpeg")]
    [InlineData("image/jpeg; a=b")]
    public void With_every_reading_of_the_type_the_signature_binds_name_size_and_key(string? sent)
    {
        foreach (var type in new[] { "image/jpeg", "application/octet-stream", "" })
        {
            foreach (var parameter in new[] { "v2", "token" })
            {
                var signature = SignedUrls.V2("s1/cat.jpg", 5, type, parameter).Split('?')[1];
                var mac = signature.Split('=')[1];
                Judge($"/s1/cat.jpg?{signature}", sent).Should().BeNull();

                Judge($"/s1/cat2.jpg?{signature}", sent).Should().Be(Refusal.BadSignature);
                Judge($"/s2/cat.jpg?{signature}", sent).Should().Be(Refusal.BadSignature);
                Judge($"/s1/cat.jpg?{signature}", sent, 6).Should().Be(Refusal.BadSignature);
                Judge($"/s1/cat.jpg?{signature}", sent, 0).Should().Be(Refusal.BadSignature);
                Judge($"/s1/cat.jpg?v={mac}", sent).Should().Be(Refusal.BadSignature);
                Judge($"/s1/cat.jpg?v3={mac}&expires=1700000300", sent).Should().Be(Refusal.BadSignature);
                Judge(SignedUrls.V2("s1/cat.jpg", 5, type, parameter, "another secret"), sent)
                    .Should().Be(Refusal.BadSignature);
            }
        }
    }

    [Fact]
    public void A_dozen_types_are_tried_at_most()
    {
        string[] extensions =
            [.. new FileExtensionContentTypeProvider().Mappings.Keys, ".opus", ".flac", ".unheard-of", "."];

        extensions.Select(extension => ContentTypeReadings.Of("Text/X ;a=B; c=d", extension[1..]).Length)
            .Should().OnlyContain(readings => readings <= 12);
    }

    [Theory]
    [InlineData("v2")]
    [InlineData("token")]
    public void The_signature_of_another_scheme_is_none_whatever_the_type(string parameter)
    {
        foreach (var message in new[]
        {
            "s1/cat.jpg 5", "s1/cat.jpg 5 image/jpeg", "s1/cat.jpg\0" + "5", "PUT\n1700000300\n/upload/s1/cat.jpg",
            "s1/cat.jpg\0" + "5\0image/jpeg\0", "s1/cat.jpg\0" + "5\0\0image/jpeg",
        })
        {
            Judge($"/s1/cat.jpg?{parameter}={SignedUrls.Hex(message)}", null).Should().Be(Refusal.BadSignature);
            Judge($"/s1/cat.jpg?{parameter}={SignedUrls.Hex(message)}", "image/jpeg").Should().Be(Refusal.BadSignature);
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

    private static Refusal? Judge(string target, string? type, long length = 5) =>
        Judgement.Of(Judgement.Rules(), "/upload" + target, length, type);
}
