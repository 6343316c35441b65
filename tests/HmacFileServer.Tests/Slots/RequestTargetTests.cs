using System.Text;
using HmacFileServer.Slots;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots;

/// <summary>The forms of a request target, RFC 9112 section 3.2.</summary>
public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/path", "/path", "")]
    [InlineData("/path?a=b", "/path", "a=b")]
    [InlineData("/path?a=/b?c", "/path", "a=/b?c")]
    [InlineData("/a://b/c", "/a://b/c", "")]
    [InlineData("http://x/path", "/path", "")]
    [InlineData("HTTPS://x:443/path?q", "/path", "q")]
    [InlineData("http://[::1]:80/path", "/path", "")]
    [InlineData("http://x", "/", "")]
    [InlineData("http://x?/path", "/", "/path")]
    [InlineData("http://x:80?a=http://y/path", "/", "a=http://y/path")]
    [InlineData("http://x//path", "//path", "")]
    public void A_path_ends_at_the_query_and_an_authority_at_either(string raw, string path, string query)
    {
        RequestTarget.TryParse(raw, out var target).Should().BeTrue();

        (Encoding.UTF8.GetString(target.Path), target.Query).Should().Be((path, query));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("path")]
    [InlineData("x:443")]
    [InlineData("?/path")]
    [InlineData("://x/path")]
    [InlineData("http:/path")]
    [InlineData("http:///path")]
    [InlineData("http://?/path")]
    [InlineData("http://user@x/path")]
    [InlineData("http://user:word@x/path")]
    [InlineData("http://@/path")]
    [InlineData("http://x\\y/path")]
    [InlineData("http://x#/path")]
    [InlineData("ftp://x/path")]
    [InlineData("a/http://x/path")]
    [InlineData("javascript://x/path")]
    public void What_is_no_path_and_no_URL_of_http_is_no_target(string raw) =>
        RequestTarget.TryParse(raw, out _).Should().BeFalse();

    [Theory]
    [InlineData("http://h?/a/b.txt", 404)]
    [InlineData("http://h?x=/a/b.txt", 404)]
    [InlineData("http://user@h/a/b.txt", 404)]
    [InlineData("http://h/a/b.txt", 200)]
    [InlineData("http://h/a/b.txt?x", 200)]
    public async Task A_query_is_never_served_for_a_path(string target, int status)
    {
        await using var server = await TestServer.StartAsync();
        (await server.PutAsync(SignedUrls.V("a/b.txt", 5), "hello"u8.ToArray())).Status.Should().Be(201);

        (await server.GetAsync(target)).Status.Should().Be(status);
    }
}
