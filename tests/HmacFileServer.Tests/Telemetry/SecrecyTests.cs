using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Telemetry;

public sealed class SecrecyTests
{
    [Theory]
    [InlineData("debug", "text")]
    [InlineData("trace", "json")]
    public async Task No_signature_token_or_secret_is_ever_logged_whatever_goes_wrong(string level, string format)
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(
            folder, $"level = \"{level}\"\nformat = \"{format}\"\nfile = \"{folder.File("log")}\"");
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var token = SignedUrls.Jwt(SignedUrls.Claims(("iat", now), ("exp", now + 300)));
        string[] urls =
        [
            SignedUrls.V("a/1", 5), SignedUrls.V2("a/2", 5, "application/octet-stream"),
            SignedUrls.V2("a/3", 5, "application/octet-stream", "token"), SignedUrls.V3("PUT", "/a/4", now + 300),
        ];

        foreach (var url in urls)
        {
            (await server.PutAsync(url, "hello"u8.ToArray())).Status.Should().Be(201);
            await server.PutAsync(url, "other"u8.ToArray());
            await server.PutAsync(url, "longer"u8.ToArray());
            await server.GetAsync(url);
            await SendAsync(server, $"PUT {url}", "Host: h");
            await SendAsync(server, $"PUT {url} HTTP/9.9", "Host: h");
            await SendAsync(server, $"P\0T {url} HTTP/1.1", "Host: h");
            await SendAsync(server, $"PUT {url}\u00ff HTTP/1.1", "Host: h");
            await SendAsync(server, $"PUT x{url} HTTP/1.1", "Host: h");
            await SendAsync(server, $"PUT {url} HTTP/1.1", "Host: h", "Content-Length: x");
            await SendAsync(server, $"PUT {url} HTTP/1.1", "Host: h", "Transfer-Encoding: gzip");
            await SendAsync(server, $"PUT {url} HTTP/1.1", "Host: h", $"Referer: https://h{url}", "Bad header");
        }

        (await server.PutAsync("/s1/cat.jpg", "hello"u8.ToArray(), token)).Status.Should().Be(201);
        await server.PutAsync("/s2/cat.jpg", "hello"u8.ToArray(), token);
        await SendAsync(server, "PUT /s1/cat.jpg HTTP/1.1", "Host: h", token + "\0");
        await SendAsync(server, "PUT /s1/cat.jpg HTTP/1.1", "Host: h", " " + token);
        await SendAsync(server, "PUT /s1/cat.jpg HTTP/1.1", "Host: h", token.Replace(": ", " ", StringComparison.Ordinal));
        await server.StopAsync();

        var log = server.Output + string.Concat(Directory.EnumerateFiles(folder.Path, "log*").Select(File.ReadAllText));
        log.Should().Contain("a/1", "there is something to look through");
        log.Should().Contain("Kestrel", "the framework's own events of this level are there");
        foreach (var url in urls)
        {
            log.Should().NotContain(url.Split('=')[1][..64]);
        }

        log.Should().NotContain(token.Split('.')[2]).And.NotContain(SignedUrls.Secret);
    }

    private static async Task SendAsync(ServerProcess server, params string[] lines)
    {
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(lines);
        await wire.ReadToEndAsync();
    }
}
