using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

/// <summary>Methods are case-sensitive, RFC 9110 section 9.1.</summary>
public sealed class MethodTests
{
    [Theory]
    [InlineData("put")]
    [InlineData("PUt")]
    [InlineData("Put")]
    [InlineData("get")]
    [InlineData("Get")]
    [InlineData("gET")]
    [InlineData("head")]
    [InlineData("Head")]
    [InlineData("options")]
    [InlineData("Options")]
    [InlineData("delete")]
    [InlineData("Delete")]
    [InlineData("POST")]
    [InlineData("TRACE")]
    [InlineData("PATCH")]
    [InlineData("PROPFIND")]
    [InlineData("!")]
    public async Task Any_method_but_those_we_have_is_405(string method)
    {
        await using var server = await TestServer.StartAsync();
        (await server.PutAsync(SignedUrls.V("a/b.txt", 5), "hello"u8.ToArray())).Status.Should().Be(201);

        foreach (var target in new[] { SignedUrls.V("a/c.txt", 5), "/a/b.txt", "/health", "/" })
        {
            foreach (var origin in new[] { "X-Nothing: 1", "Origin: https://chat.example" })
            {
                await using var wire = await server.ConnectAsync();
                await wire.SendAsync(
                    $"{method} {target} HTTP/1.1", "Host: h", "Content-Length: 5", origin,
                    "Access-Control-Request-Method: PUT", "", "hello");

                var answer = await wire.ReadAsync(hasBody: false);

                (answer.Status, answer["X-Refusal"], answer["Allow"], answer["Cache-Control"]).Should().Be(
                    (405, "method-not-allowed", "GET, HEAD, OPTIONS, PUT", "no-store"), "of {0}", target);
            }
        }

        server.ExpectLeft("a/b.txt");
    }

    [Theory]
    [InlineData("get")]
    [InlineData("Head")]
    [InlineData("PUT")]
    [InlineData("options")]
    public async Task So_it_is_for_metrics(string method)
    {
        await using var server = await TestServer.StartAsync(more: "[metrics]\nlisten_address = \"127.0.0.1:0\"");
        var metrics = new Uri(server.Service<HmacFileServer.Telemetry.MetricsEndpoint>().Address!);
        await using var wire = await RawConnection.OpenAsync(
            new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, metrics.Port));

        await wire.SendAsync($"{method} /metrics HTTP/1.1", "Host: [::]:9464");

        var answer = await wire.ReadAsync();
        (answer.Status, answer["Allow"], answer["Cache-Control"]).Should().Be((405, "GET, HEAD", "no-store"));
    }

    [Fact]
    public async Task So_it_is_for_slots()
    {
        await using var server = await TestServer.StartAsync(
            "public_url = \"https://files.example/\"", more: "[xmpp]\nservice_key = \"sesame-sesame-sesame\"");

        var answer = await server.SendAsync("get /slot/sesame-sesame-sesame?jid=a@b&name=c&size=5 HTTP/1.1");

        answer.Status.Should().Be(405);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("Put")]
    [InlineData("OPTIONs")]
    public async Task So_it_is_over_http2(string method)
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(Http2Frames.Begin(
            Http2Frames.Request(1, Http2Frames.EndStream, method, SignedUrls.V("a/b.txt", 0))));

        (await Http2Answer.ReadAsync(wire)).Should().StartWith("405");
        server.ExpectLeft();
    }

    [Theory]
    [InlineData("OPTIONS * HTTP/1.1", "204")]
    [InlineData("CONNECT files.example:443 HTTP/1.1", "400 405")]
    [InlineData("GET * HTTP/1.1", "405")]
    [InlineData("GET files.example HTTP/1.1", "400 405")]
    public async Task The_other_forms_of_a_target_name_no_file(string line, string status)
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(line, "Host: files.example:443");

        status.Split(' ').Should().Contain((await wire.ReadAsync()).StatusLine.Substring(9, 3));
        server.ExpectLeft();
    }
}
