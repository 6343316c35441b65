using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Telemetry.Logs;

/// <summary>Uploads and fails in every way, with every secret there is, and looks through all that comes out.</summary>
public sealed class SecrecyTests : IDisposable
{
    private const string DeleteSecret = "the secret that deletes, 0123456789";
    private const string ComponentSecret = "the secret of the component, 0123456789";
    private const string ServiceKey = "0123456789abcdef0123456789abcdef";

    private readonly TempFolder folder = new();
    private readonly List<string> answers = [];
    private readonly List<string> credentials = [SignedUrls.Secret, DeleteSecret, ComponentSecret, ServiceKey];

    [Theory]
    [InlineData("debug", "text")]
    [InlineData("trace", "json")]
    public async Task No_signature_token_or_secret_is_ever_written_whatever_goes_wrong(string level, string format)
    {
        var logging = $"level = \"{level}\"\nformat = \"{format}\"\nfile = \"{folder.File("log")}\"\n"
            + $"audit_file = \"{folder.File("audit")}\"\n"
            + $"[metrics]\nlisten_address = \"unix:{folder.File("m.sock")}\"\n"
            + $"[xmpp]\ndomain = \"upload.example.org\"\nport = 1\nsecret = \"{ComponentSecret}\"\n"
            + $"service_key = \"{ServiceKey}\"\n";
        await using var server = await ServerProcess.StartAsync(folder, logging, config => BuiltProgram.Start(
            folder.Path, ["serve", "-c", config],
            ("HFS_SECURITY__DELETE_SECRET", DeleteSecret),
            ("HFS_SERVER__PUBLIC_URL", "https://h/"),
            ("HFS_SECURITY__REQUIRE_SIGNED_DOWNLOADS", "true")));
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        await UploadByUrlsAsync(server, now);
        await UploadByTokensAsync(server, now);
        await DeleteAsync(server);
        await AskForSlotsAsync(server);

        using (var metrics = UnixHttp.Client(folder.File("m.sock")))
        {
            answers.Add(await metrics.GetStringAsync(new Uri("http://h/metrics")));
        }

        await server.StopAsync();
        await FailToStartAsync();

        var audit = await File.ReadAllTextAsync(folder.File("audit"));
        audit.Should().Contain("\"event\":\"refused\"").And.Contain("\"event\":\"deleted\"")
            .And.Contain("\"event\":\"slot-refused\"");
        var log = server.Output + string.Concat(Directory.EnumerateFiles(folder.Path, "log*").Select(File.ReadAllText));
        log.Should().Contain("a/1", "there is something to look through");
        log.Should().Contain("Kestrel", "the framework's own events of this level are there");
        string[] written = [log, audit, .. answers];
        foreach (var credential in credentials)
        {
            written.Should().NotContain(
                text => text.Contains(credential, StringComparison.OrdinalIgnoreCase), credential);
        }
    }

    public void Dispose() => folder.Dispose();

    private async Task UploadByUrlsAsync(ServerProcess server, long now)
    {
        string[] urls =
        [
            SignedUrls.V("a/1", 5), SignedUrls.V2("a/2", 5, "application/octet-stream"),
            SignedUrls.V2("a/3", 5, "application/octet-stream", "token"), SignedUrls.V3("PUT", "/a/4", now + 300),
        ];
        foreach (var url in urls)
        {
            credentials.Add(url.Split('=')[1][..64]);
            (await server.PutAsync(url, "hello"u8.ToArray())).Status.Should().Be(201);
            Keep(await server.PutAsync(url, "other"u8.ToArray()));
            Keep(await server.PutAsync(url, "longer"u8.ToArray()));
            Keep(await server.GetAsync(url));
            Keep(await server.GetAsync(url, "Origin: https://chat.example.org", $"Referer: https://h{url}"));
            Keep(await server.SendAsync($"POST {url}"));
            await SendEncodedAsync(server, url);
            await SendAsync(server, $"PUT {url}", "Host: h");
            await SendAsync(server, $"PUT {url} HTTP/9.9", "Host: h");
            await SendAsync(server, $"P\0T {url} HTTP/1.1", "Host: h");
            await SendAsync(server, $"PUT {url}\u00ff HTTP/1.1", "Host: h");
            await SendAsync(server, $"PUT x{url} HTTP/1.1", "Host: h");
            await SendAsync(server, $"PUT {url} HTTP/1.1", "Host: h", "Content-Length: x");
            await SendAsync(server, $"PUT {url} HTTP/1.1", "Host: h", "Transfer-Encoding: gzip");
            await SendAsync(server, $"PUT {url} HTTP/1.1", "Host: h", $"Referer: https://h{url}", "Bad header");
            await SendAsync(server, $"PUT {url} HTTP/1.1", "Host: h", "Connection: close",
                $"X-Request-Id: {url.Split('=')[1][..64]}");
        }

        var read = SignedUrls.V3("GET", "/a/1", now + 300);
        var expired = SignedUrls.V3("GET", "/a/1", now - 3600);
        credentials.AddRange([read.Split('=')[1][..64], expired.Split('=')[1][..64]]);
        (await server.GetAsync(read)).Text.Should().Be("hello");
        Keep(await server.GetAsync(expired));
        Keep(await server.GetAsync(read.Replace("/a/1", "/a/2", StringComparison.Ordinal)));
    }

    private async Task UploadByTokensAsync(ServerProcess server, long now)
    {
        (string Header, string Token) Made(string slot)
        {
            var line = SignedUrls.Jwt(SignedUrls.Claims(("slot", slot), ("iat", now), ("exp", now + 300)));
            var token = line.Split(' ')[^1];
            credentials.Add(token.Split('.')[2]);
            return (line, token);
        }

        var (header, inHeader) = Made("s1");
        var (_, inQuery) = Made("s2");
        var (_, inPath) = Made("s3");
        (await server.PutAsync("/s1/cat.jpg", "hello"u8.ToArray(), header)).Status.Should().Be(201);
        (await server.PutAsync($"/s2/cat.jpg?jwt={inQuery}", "hello"u8.ToArray())).Status.Should().Be(201);
        (await server.PutAsync($"/jwt/{inPath}/s3/cat.jpg", "hello"u8.ToArray())).Status.Should().Be(201);
        string[] urls =
        [
            "/s9/cat.jpg", $"/s9/cat.jpg?jwt={inQuery}", $"/jwt/{inPath}/s9/cat.jpg", $"/jwt/{inPath}",
            $"/%6awt/{inPath}/s9/cat.jpg", $"/jwt%2F{inPath}%2Fs9/cat.jpg", $"/s9/cat.jpg%3Fjwt%3D{inQuery}",
            $"/s9/jwt%252F{inPath.Replace(".", "%252E", StringComparison.Ordinal)}",
        ];
        foreach (var url in urls)
        {
            Keep(await server.PutAsync(url, "hello"u8.ToArray(), header));
            Keep(await server.PutAsync(url, "longer"u8.ToArray()));
            Keep(await server.GetAsync(url));
            await SendAsync(server, $"PUT {url} HTTP/9.9", "Host: h");
            await SendAsync(server, $"PUT {url}\u00ff HTTP/1.1", "Host: h");
        }

        await SendAsync(server, "PUT /s1/cat.jpg HTTP/1.1", "Host: h", header + "\0");
        await SendAsync(server, "PUT /s1/cat.jpg HTTP/1.1", "Host: h", " " + header);
        await SendAsync(
            server, "PUT /s1/cat.jpg HTTP/1.1", "Host: h", header.Replace(": ", " ", StringComparison.Ordinal));
        Keep(await server.GetAsync($"/s1/cat.jpg?jwt={inHeader}"));
    }

    private async Task DeleteAsync(ServerProcess server)
    {
        var token = SignedUrls.Hex($"a/2\0{DeleteSecret}");
        credentials.Add(token);
        Keep(await server.SendAsync($"DELETE /a/1?token={token}"));
        var done = await server.SendAsync($"DELETE /a/2?token={token}");
        done.Status.Should().Be(204);
        Keep(done);
    }

    private async Task AskForSlotsAsync(ServerProcess server)
    {
        const string Asked = "name=cat.jpg&size=5&content_type=image%2Fjpeg";
        var tooMuch = Asked.Replace("size=5", "size=99999999999", StringComparison.Ordinal);
        Keep(await server.GetAsync($"/slot/{ServiceKey}?jid=alice%40example.org&{tooMuch}"));
        Keep(await server.GetAsync($"/slot/{ServiceKey}x?jid=alice%40example.org&{Asked}"));
        Keep(await server.GetAsync($"/slot/{ServiceKey}?{Asked}"));
        var slot = await server.GetAsync($"/slot/{ServiceKey}?jid=alice%40example.org&{Asked}");
        slot.Status.Should().Be(200, "and its answer is the one place where a token belongs");
        var url = slot.Text.Split('\n')[0].Replace("https://h", "", StringComparison.Ordinal);
        credentials.Add(url.Split('/')[2].Split('.')[2]);
        (await server.PutAsync(url, "hello"u8.ToArray())).Status.Should().Be(201);
    }

    private async Task FailToStartAsync()
    {
        var config = folder.File("config.toml");
        (string, string)[] secrets =
        [
            ("HFS_SECURITY__DELETE_SECRET", DeleteSecret), ("HFS_SECURITY__SECRETT", SignedUrls.Secret),
        ];
        string[][] verbs = [["serve"], ["check"], ["check", "--json"], ["files", "list"], ["usage"]];
        foreach (var arguments in verbs)
        {
            var run = await BuiltProgram.RunAsync(folder.Path, [.. arguments, "-c", config], secrets);
            answers.Add(run.Output + run.Errors);
        }

        await File.AppendAllTextAsync(config, $"\nbroken = \"{SignedUrls.Secret}\n");
        var broken = await BuiltProgram.RunAsync(folder.Path, ["serve", "-c", config]);
        broken.ExitCode.Should().Be(78);
        answers.Add(broken.Output + broken.Errors);
    }

    private void Keep(RawResponse answer) =>
        answers.Add(answer.StatusLine + string.Join('\n', answer.Headers) + answer.Text);

    /// <summary>As proxies, ejabberd up to 25.07 and clients get it wrong.</summary>
    private static async Task SendEncodedAsync(ServerProcess server, string url)
    {
        var once = url.Replace("?", "%3F", StringComparison.Ordinal).Replace("=", "%3d", StringComparison.Ordinal);
        foreach (var spelling in new[] { once, once.Replace("%", "%25", StringComparison.Ordinal) })
        {
            foreach (var method in new[] { "PUT", "GET", "DELETE", "POST" })
            {
                await SendAsync(server, $"{method} {spelling} HTTP/1.1", "Host: h", "Content-Length: 0",
                    $"Referer: https://h{spelling}", $"User-Agent: {spelling}", "Connection: close");
            }

            await SendAsync(server, $"PUT {spelling} HTTP/9.9", "Host: h");
        }
    }

    private static async Task SendAsync(ServerProcess server, params string[] lines)
    {
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(lines);
        await wire.ReadToEndAsync();
    }
}
