namespace HmacFileServer.Interop;

/// <summary>
/// Tokens of Prosody's mod_http_file_share die after 300 s, which is less than many uploads take. Behind a proxy that
/// buffers requests the server sees the head only after the last byte. Here they die after two seconds and the upload
/// takes four; tests/large-upload does the same with the real times.
/// </summary>
[Collection(SharedDeployment.Name)]
public sealed class ExpiryTests(Deployment deployment)
{
    private const int Size = 1 << 20;
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    [TheoryWith(Installed.Nginx, Installed.Slixmpp)]
    [InlineData(RequestBuffering.Off)]
    [InlineData(RequestBuffering.On)]
    public async Task An_upload_that_outlives_its_token_is_stored(RequestBuffering buffering)
    {
        var put = await PutSlowlyAsync(deployment.Through(buffering), Guid.NewGuid().ToString());

        put.Status.Should().Be(201, put.Text);
        put.Sent.Should().Be(Size);
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Slixmpp)]
    [InlineData(RequestBuffering.Off)]
    [InlineData(RequestBuffering.On)]
    public async Task An_upload_that_outlives_a_slot_of_Prosody_is_stored(RequestBuffering buffering)
    {
        var slot = await deployment.Client.RequestSlotAsync(
            "alice@share.localhost", "short.share.localhost", "slow.bin", Size, "application/octet-stream");
        var issued = deployment.Through(RequestBuffering.Off).ToString();
        var url = slot.Put.Replace(issued, deployment.Through(buffering).ToString(), StringComparison.Ordinal);

        var put = await deployment.Client.PutAsync(
            new Upload(url, Size) { Headers = slot.Headers, Duration = Duration });

        put.Status.Should().Be(201, put.Text);
        var get = await deployment.Client.FetchAsync("GET", slot.Get);
        get.Sha256.Should().Be(put.SentSha256);
    }

    [FactWith(Installed.Nginx, Installed.Slixmpp)]
    public async Task With_a_validity_of_zero_a_token_that_died_in_a_buffering_proxy_is_refused()
    {
        var slot = Guid.NewGuid().ToString();

        var put = await PutSlowlyAsync(deployment.ThroughToStrict(RequestBuffering.On), slot);

        put.Status.Should().Be(403);
        deployment.StrictProduct.FilesLeft().Should().NotContain(file => file.Contains(slot));
    }

    [FactWith(Installed.Nginx, Installed.Slixmpp)]
    public async Task With_a_validity_of_zero_a_token_that_was_alive_at_the_start_is_enough()
    {
        var put = await PutSlowlyAsync(deployment.ThroughToStrict(RequestBuffering.Off), Guid.NewGuid().ToString());

        put.Status.Should().Be(201, put.Text);
    }

    private Task<HttpAnswer> PutSlowlyAsync(Uri uploads, string slot)
    {
        const string type = "application/octet-stream";
        var token = SignedUrls.FileShareToken(slot, "slow.bin", Size, type, Lifetime);
        return deployment.Client.PutAsync(new Upload($"{uploads}{slot}/slow.bin", Size)
        {
            Type = type,
            Headers = new Dictionary<string, string> { ["Authorization"] = token },
            Duration = Duration,
        });
    }
}
