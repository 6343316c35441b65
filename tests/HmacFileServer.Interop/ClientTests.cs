using System.Security.Cryptography;

namespace HmacFileServer.Interop;

/// <summary>Other clients than Python's, and what only they do.</summary>
[Collection(SharedDeployment.Name)]
public sealed class ClientTests(Deployment deployment)
{
    [FactWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Slixmpp, Installed.GoSendxmpp)]
    public async Task What_go_sendxmpp_uploads_is_what_the_receiver_downloads()
    {
        var sent = RandomNumberGenerator.GetBytes(300_000);
        var path = Path.Combine(deployment.Folder.Path, "go-sendxmpp-photo.jpg");
        await File.WriteAllBytesAsync(path, sent);
        var message = deployment.Client.NextMessageAsync("bob@v1.localhost");

        await using var sendxmpp = ChildProcess.Start(
            Path.Combine(deployment.Folder.Path, "go-sendxmpp.log"),
            new Dictionary<string, string> { ["SSL_CERT_FILE"] = deployment.Certificate.Authority },
            "/usr/bin/go-sendxmpp",
            "--username", "alice@v1.localhost", "--password", SlotClient.Password,
            "--jserver", $"127.0.0.1:{deployment.Prosody.Port}", "--no-tls-verify",
            "--http-upload", path, "bob@v1.localhost");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        var exit = await sendxmpp.WaitForExitAsync(patience.Token);

        exit.Should().Be(0, sendxmpp.ReadLog());
        var get = await deployment.Client.FetchAsync("GET", await message);
        get.Status.Should().Be(200);
        get.Sha256.Should().Be(Convert.ToHexStringLower(SHA256.HashData(sent)));
    }

    // QXmpp (Kaidan) and Psi+ upload with Qt and set no Content-Type; Prosody has signed that of the slot.
    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Slixmpp, Installed.Qt)]
    [InlineData("cat photo.jpg", "image/jpeg", "image/jpeg")]
    [InlineData("notes.txt", "text/plain", "text/plain")]
    [InlineData("voice.m4a", "audio/x-m4a", "audio/x-m4a")]
    [InlineData("nothing", "application/octet-stream", "application/octet-stream")]
    [InlineData("slot without type.jpg", null, "application/octet-stream")]
    [InlineData("slot with an empty type.jpg", "", "image/jpeg")]
    public async Task What_Qt_uploads_without_a_type_is_stored_with_the_one_of_its_slot(
        string name, string? announced, string served)
    {
        var sent = RandomNumberGenerator.GetBytes(100_000);
        var path = Path.Combine(deployment.Folder.Path, $"qt-{Guid.NewGuid():N}");
        await File.WriteAllBytesAsync(path, sent);
        var slot = await deployment.Client.RequestSlotAsync(
            "alice@v2.localhost", "upload.v2.localhost", name, sent.Length, announced);

        var seen = await PythonScript.RunAsync(deployment, "qt-put.py", path, slot.Put, slot.Get);

        seen.Should().Be($"201\n200 {Convert.ToHexStringLower(SHA256.HashData(sent))}");
        (await deployment.Client.FetchAsync("HEAD", slot.Get)).Headers["content-type"].Should().Be(served);
    }

    [TheoryWith(Installed.Nginx, Installed.Curl, Installed.Slixmpp)]
    [InlineData(RequestBuffering.Off)]
    [InlineData(RequestBuffering.On)]
    public async Task An_upload_over_http2_is_stored_whole(RequestBuffering buffering)
    {
        var sent = RandomNumberGenerator.GetBytes(20_000_000);
        var body = Path.Combine(deployment.Folder.Path, $"http2-{buffering}.bin");
        await File.WriteAllBytesAsync(body, sent);
        var path = $"{Guid.NewGuid()}/http2.bin";
        var uploads = deployment.Through(buffering);

        var answer = await Curl.RunAsync(deployment, "--http2", "-T", body, SignedUrls.V1(uploads, path, sent.Length));

        answer.Should().Be($"201 2 sent {sent.Length}");
        var get = await deployment.Client.FetchAsync("GET", $"{uploads}{path}");
        get.Sha256.Should().Be(Convert.ToHexStringLower(SHA256.HashData(sent)));
    }

    [FactWith(Installed.Nginx, Installed.Slixmpp)]
    public async Task A_path_of_unescaped_letters_as_newer_ejabberd_issues_it_is_stored_and_found()
    {
        const string path = "2ae5142b3eb324c88477aa5a7283230292067a20/of90r6PcM7x4VF3ifmpz/très_cool_日本.jpg";
        var url = SignedUrls.V1(deployment.Through(RequestBuffering.Off), path, 5000);

        var put = await deployment.Client.PutAsync(new Upload(url, 5000) { Type = "image/jpeg" });

        put.Status.Should().Be(201, put.Text);
        var get = deployment.Through(RequestBuffering.Off) + path;
        var raw = await deployment.Client.FetchAsync("GET", get);
        var escaped = await deployment.Client.FetchAsync("GET", new Uri(get).AbsoluteUri);
        raw.Sha256.Should().Be(put.SentSha256);
        escaped.Sha256.Should().Be(put.SentSha256);
    }

    [FactWith(Installed.Nginx, Installed.Slixmpp, Installed.Ipv6)]
    public async Task The_shipped_nginx_listens_on_IPv6_too()
    {
        var port = deployment.Through(RequestBuffering.Off).Port;

        var get = await deployment.Client.FetchAsync("GET", $"https://[::1]:{port}/upload/no-such/file");

        get.Status.Should().Be(404);
    }

    [FactWith(Installed.Nginx, Installed.Slixmpp)]
    public async Task Web_clients_may_read_what_the_server_says_and_what_nginx_says_without_it()
    {
        await using var alone = await NginxServer.StartAsync(
            deployment.Folder, deployment.Certificate, FreePort.Take(), backend: FreePort.Take(), RequestBuffering.Off);

        var without = await deployment.Client.FetchAsync("GET", alone.Url + "some/file");
        var with = await deployment.Client.FetchAsync("GET", deployment.Through(RequestBuffering.Off) + "no-such/file");

        without.Status.Should().Be(502);
        without.Headers["access-control-allow-origin"].Should().Be("*");
        with.Status.Should().Be(404);
        with.Headers["access-control-allow-origin"].Should().Be("*", "twice would be \"*, *\", which no browser takes");
    }
}
