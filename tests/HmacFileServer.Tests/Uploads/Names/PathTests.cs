using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads.Names;

public sealed class PathTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    public static TheoryData<string> Names() =>
    [
        "a b.txt", "a+b.txt", "100%.txt", "%20.txt", "a%2fb", "%2e%2e", "%252e%252e%252f", "%00", "a?b.txt", "a#b.txt",
        "a&b=c.txt", "q\"q.txt", "q'q.txt", "a;b,c:d@e$.txt", "[x]{y}|^`<>.txt", "a*(b)!~.txt", "trail ", " lead",
        "a\\b.txt", "..jpg", "...", ".hidden", "-rf", "~", "é.txt", "e\u0301.txt", "日本.png", "😀.png", "a\u202etxt.exe",
        "שלום.txt", "x\u00a0y", "noextension", "archive.tar.gz", "index.html", "CON", "NUL.txt",
        new string('n', 255), new string('n', 300) + ".txt", new string('日', 200),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_file_of_any_name_is_stored_and_found_again(string name)
    {
        await using var server = await TestServer.StartAsync();
        var url = SignedUrls.V($"s1/{name}", 5);
        var bytewise = "/s1/" + string.Concat(Encoding.UTF8.GetBytes(name).Select(octet => $"%{octet:x2}"));

        var put = await server.PutAsync(url, Hello);
        var get = await server.GetAsync(url.Split('?')[0]);
        var encoded = await server.GetAsync(bytewise);

        put.Status.Should().Be(201);
        get.Text.Should().Be("hello");
        encoded.Text.Should().Be("hello", "every byte may be percent-encoded");
        server.FilesLeft().Should().ContainSingle().Which.Should().StartWith("s1/");
        if (Encoding.UTF8.GetByteCount(name) <= 255)
        {
            server.ExpectLeft($"s1/{name}");
        }
    }

    [Fact]
    public async Task A_plus_in_a_path_is_a_plus()
    {
        await using var server = await TestServer.StartAsync();
        var query = SignedUrls.V("s1/a+b", 5).Split('?')[1];

        (await server.PutAsync($"/s1/a+b?{query}", Hello)).Status.Should().Be(201);
        (await server.GetAsync("/s1/a%2Bb")).Status.Should().Be(200);
        (await server.GetAsync("/s1/a%20b")).Status.Should().Be(404);
    }

    [Fact]
    public async Task Names_that_look_alike_are_different_files()
    {
        await using var server = await TestServer.StartAsync();
        var nfc = SignedUrls.V("s1/\u00e9", 1);
        var nfd = SignedUrls.V("s1/e\u0301", 1);

        await server.PutAsync(nfc, "1"u8.ToArray());
        await server.PutAsync(nfd, "2"u8.ToArray());
        await server.PutAsync(SignedUrls.V("s1/A", 1), "3"u8.ToArray());
        await server.PutAsync(SignedUrls.V("s1/a", 1), "4"u8.ToArray());

        (await server.GetAsync(nfc.Split('?')[0])).Text.Should().Be("1");
        (await server.GetAsync(nfd.Split('?')[0])).Text.Should().Be("2");
        (await server.GetAsync("/s1/A")).Text.Should().Be("3");
        (await server.GetAsync("/s1/a")).Text.Should().Be("4");
    }

    [Fact]
    public async Task Two_long_names_with_the_same_start_and_their_short_forms_are_four_files()
    {
        await using var server = await TestServer.StartAsync();
        var one = $"s1/{new string('n', 300)}1.txt";
        var two = $"s1/{new string('n', 300)}2.txt";
        await server.PutAsync(SignedUrls.V(one, 1), "1"u8.ToArray());
        await server.PutAsync(SignedUrls.V(two, 1), "2"u8.ToArray());
        var shortForms = server.FilesLeft();

        var third = await server.PutAsync(SignedUrls.V(shortForms[0], 1), "3"u8.ToArray());
        var fourth = await server.PutAsync(SignedUrls.V(shortForms[1], 1), "4"u8.ToArray());

        (third.Status, fourth.Status).Should().Be((201, 201));
        (await server.GetAsync(SignedUrls.Path(one))).Text.Should().Be("1");
        (await server.GetAsync(SignedUrls.Path(two))).Text.Should().Be("2");
        (await server.GetAsync(SignedUrls.Path(shortForms[0]))).Text.Should().Be("3");
        (await server.GetAsync(SignedUrls.Path(shortForms[1]))).Text.Should().Be("4");
        server.FilesLeft().Should().HaveCount(4);
    }

    [Theory]
    [InlineData(1, "true")]
    [InlineData(7, "true")]
    [InlineData(1, "false")]
    [InlineData(2, "false")]
    [InlineData(3, "false")]
    [InlineData(7, "false")]
    public async Task A_key_may_have_any_number_of_segments(int segments, string fsync)
    {
        await using var server = await TestServer.StartAsync($"fsync = {fsync}");
        var key = string.Join('/', Enumerable.Repeat("x", segments));
        var beside = key[..^1] + "y";

        (await server.PutAsync(SignedUrls.V(key, 5), Hello)).Status.Should().Be(201);
        (await server.PutAsync(SignedUrls.V(beside, 5), "there"u8.ToArray())).Status.Should().Be(201);
        (await server.GetAsync("/" + key)).Text.Should().Be("hello");
        (await server.GetAsync("/" + beside)).Text.Should().Be("there");
        server.ExpectLeft(key, beside);
    }

    [Theory]
    [InlineData("http://files.example")]
    [InlineData("http://another.example:443")]
    public async Task An_absolute_target_is_a_path_behind_a_host(string front)
    {
        await using var server = await TestServer.StartAsync();

        var put = await server.PutAsync(front + SignedUrls.V("s1/a%b/c", 5), Hello);
        var get = await server.GetAsync(front + "/s1/a%25b/c");

        put.Status.Should().Be(201);
        get.Text.Should().Be("hello");
        server.ExpectLeft("s1/a%b/c");
    }

    [Theory]
    [InlineData("/s1/a.txt")]
    [InlineData("/uploads/s1/a.txt")]
    [InlineData("/upload")]
    [InlineData("/UPLOAD/s1/a.txt")]
    [Provokes("outside-base-path")]
    public async Task What_lies_outside_the_base_path_is_not_here(string path)
    {
        await using var server = await TestServer.StartAsync("base_path = \"/upload/\"");

        var put = await server.PutAsync($"{path}?{SignedUrls.V("s1/a.txt", 5).Split('?')[1]}", Hello);

        (put.Status, put["X-Refusal"]).Should().Be((403, "outside-base-path"));
        (await server.GetAsync(path)).Status.Should().Be(404);
        server.ExpectLeft();
    }

    [Fact]
    public async Task The_base_path_may_be_percent_encoded_by_whoever_asks()
    {
        await using var server = await TestServer.StartAsync("base_path = \"/datei ä/\"");

        var put = await server.PutAsync($"/%64atei%20%C3%A4{SignedUrls.V("s1/a.txt", 5)}", Hello);

        put.Status.Should().Be(201);
        server.ExpectLeft("s1/a.txt");
    }
}
