using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads.Names;

public sealed class RefusedPathTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Theory]
    [Provokes("bad-path")]
    [InlineData("/s1/..")]
    [InlineData("/s1/../x")]
    [InlineData("/../x")]
    [InlineData("/%2e%2e/x")]
    [InlineData("/s1/%2E.")]
    [InlineData("/s1/..%2fx")]
    [InlineData("/s1/%2e%2e%2fx")]
    [InlineData("/s1%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("/s1/..\\x")]
    [InlineData("/s1/..%5cx")]
    [InlineData("/s1/.")]
    [InlineData("/s1//x")]
    [InlineData("//x")]
    [InlineData("/%2f%2fx")]
    [InlineData("/s1/")]
    [InlineData("/")]
    [InlineData("/.hfs/incoming/x")]
    [InlineData("/%2ehfs/x")]
    [InlineData("/.x")]
    [InlineData("/s1/a%0ab")]
    [InlineData("/s1/a%7fb")]
    [InlineData("/s1/a%c2%85b")]
    [InlineData("/s1/%ff")]
    [InlineData("/s1/%c0%ae%c0%ae")]
    [InlineData("/s1/%c0%afx")]
    [InlineData("/s1/%e0%80%af")]
    [InlineData("/s1/%ed%a0%80")]
    public async Task A_path_that_climbs_or_is_no_name_is_refused_in_every_spelling(string path)
    {
        await using var server = await TestServer.StartAsync(
            prepare: folder => File.WriteAllText(folder.File("x"), "theirs"));

        var put = await server.PutAsync($"{path}?v={new string('0', 64)}", Hello);
        var get = await server.GetAsync(path);

        (put.Status, put["X-Refusal"]).Should().Be((400, "bad-path"));
        get.Status.Should().Be(404);
        server.ExpectLeft();
        server.Metrics.Sum("hfs.refusals", "code=bad-path").Should().Be(1);
        server.Log.Of(101).Should().Equal($"Refused {path}: 400 bad-path, from 127.0.0.1");
    }

    [Fact]
    public async Task A_long_path_that_is_refused_is_logged_in_part_and_without_its_query()
    {
        await using var server = await TestServer.StartAsync();

        await server.PutAsync($"/../{new string('x', 500)}?v={new string('0', 64)}", Hello);

        server.Log.Of(101).Should().Equal(
            $"Refused /../{new string('x', 196)}… (504 characters): 400 bad-path, from 127.0.0.1");
    }

    [Theory]
    [Provokes("bad-request")]
    [InlineData("/s1/a%")]
    [InlineData("/s1/a%2")]
    [InlineData("/s1/a%zz")]
    [InlineData("/s1/a%00b")]
    [InlineData("/s1/\u00e4")]
    [InlineData("s1/a")]
    public async Task A_target_that_is_malformed_is_400(string target)
    {
        await using var server = await TestServer.StartAsync();

        var put = await server.PutAsync(target, Hello);

        put.Status.Should().Be(400);
        server.ExpectLeft();
    }
}
