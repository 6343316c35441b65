using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Sqlite;
using HmacFileServer.Tests.Ledger;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Retention;

public sealed class DeletionTests
{
    private const string DeleteSecret = "the other secret of Metronome, long enough";

    private const string Security =
        $"delete_secret = \"{DeleteSecret}\"\nprevious_secrets = [\"the one before this one, long enough\"]";

    [Fact]
    public async Task Metronome_deletes_what_it_signs_for_once_and_again()
    {
        await using var server = await TestServer.StartAsync(security: Security);
        await server.PutAsync(SignedUrls.V("a b/ü.jpg", 5), "hello"u8.ToArray());

        var first = await server.SendAsync($"DELETE {Url("a b/ü.jpg")} HTTP/1.1");
        var again = await server.SendAsync($"DELETE {Url("a b/ü.jpg")} HTTP/1.1");
        var never = await server.SendAsync($"DELETE {Url("never/was")} HTTP/1.1");

        new[] { first, again, never }.Select(response => response.StatusLine).Should().AllBe("HTTP/1.1 204 No Content");
        server.ExpectLeft();
        (await server.StatusOfAsync(SignedUrls.Path("a b/ü.jpg"))).Should().Be("410");
        (await server.PutAsync(SignedUrls.V("a b/ü.jpg", 5), "hello"u8.ToArray()))["X-Refusal"].Should().Be("deleted");
    }

    [Fact]
    public async Task What_was_read_a_moment_ago_is_gone_as_soon_as_it_is_deleted()
    {
        await using var server = await TestServer.StartAsync(security: Security);
        await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray());
        (await server.GetAsync("/a/1")).Text.Should().Be("hello");
        (await server.GetAsync("/a/1")).Text.Should().Be("hello");

        await server.SendAsync($"DELETE {Url("a/1")} HTTP/1.1");

        (await server.GetAsync("/a/1")).Status.Should().Be(410);
        (await server.SendAsync("HEAD /a/1 HTTP/1.1")).Status.Should().Be(410);
    }

    [Fact]
    public async Task A_token_of_the_secret_before_holds()
    {
        await using var server = await TestServer.StartAsync(security: Security);
        await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray());

        var url = $"/a/1?token={SignedUrls.Hex($"a/1\0{DeleteSecret}", "the one before this one, long enough")}";

        (await server.SendAsync($"DELETE {url} HTTP/1.1")).StatusLine.Should().Be("HTTP/1.1 204 No Content");
    }

    [Theory]
    [InlineData("a/2", "bad-signature")]
    [InlineData("", "unsigned")]
    public async Task A_token_for_another_file_deletes_nothing(string tokenOf, string code)
    {
        await using var server = await TestServer.StartAsync(security: Security);
        await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray());
        var query = tokenOf.Length == 0 ? "" : Url(tokenOf)[Url(tokenOf).IndexOf('?', StringComparison.Ordinal)..];

        var response = await server.SendAsync($"DELETE /a/1{query} HTTP/1.1");

        response.StatusLine.Should().Be("HTTP/1.1 403 Forbidden");
        response["X-Refusal"].Should().Be(code);
        server.ExpectLeft("a/1");
    }

    [Fact]
    public async Task A_token_of_an_upload_deletes_nothing()
    {
        await using var server = await TestServer.StartAsync(security: Security);
        await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray());

        var upload = SignedUrls.V2("a/1", 5, "image/jpeg", "token");

        (await server.SendAsync($"DELETE {upload} HTTP/1.1"))["X-Refusal"].Should().Be("bad-signature");
    }

    [Fact]
    public async Task Without_its_secret_there_is_no_delete()
    {
        await using var server = await TestServer.StartAsync();

        var response = await server.SendAsync($"DELETE {Url("a/1")} HTTP/1.1");

        response.StatusLine.Should().Be("HTTP/1.1 405 Method Not Allowed");
        response["Allow"].Should().Be("GET, HEAD, OPTIONS, PUT");
    }

    [Fact]
    public async Task Deleting_ends_an_upload_that_is_under_way()
    {
        await using var server = await TestServer.StartAsync(security: Security);
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(
            $"PUT {SignedUrls.V("a/1", 5)} HTTP/1.1", "Host: files.example", "Content-Length: 5",
            "Expect: 100-continue");
        await wire.ReadAsync();

        await server.SendAsync($"DELETE {Url("a/1")} HTTP/1.1");

        (await wire.ReadAsync()).StatusLine.Should().Be("HTTP/1.1 409 Conflict");
        server.ExpectLeft();
    }

    [Fact]
    public async Task What_the_command_line_deletes_is_gone_for_the_running_server_at_once()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray());
        server.Service<ILedger>().Find("a/1").Should().NotBeNull();
        using var other = SqliteLedger.Open(Path.Combine(server.StorePath, ".hfs", "ledger.db"), durable: true);

        await other.BuryAsync(["a/1"], BurialReason.Deleted, DateTimeOffset.UnixEpoch.AddYears(60));
        File.Delete(Path.Combine(server.StorePath, "a/1"));

        (await server.StatusOfAsync("/a/1")).Should().Be("410");
        (await server.PutAsync(SignedUrls.V("a/1", 5), "hello"u8.ToArray()))
            .StatusLine.Should().Be("HTTP/1.1 409 Conflict");
    }

    private static string Url(string key) => $"{SignedUrls.Path(key)}?token={SignedUrls.Hex($"{key}\0{DeleteSecret}")}";
}
