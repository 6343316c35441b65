namespace HmacFileServer.Interop.Proxies;

/// <summary>
/// Every proxy with its shipped configuration: what arrives, for whom, and what web clients may read.
/// </summary>
[Collection(SharedDeployment.Name)]
public sealed class ProxyTests(Deployment deployment)
{
    private const long Hundred = 100L << 20;
    private const long Gibibyte = 1L << 30;
    private static readonly string[] Versions = ["1.1", "2"];

    [TheoryWith(Installed.Nginx, Installed.Proxies, Installed.Curl)]
    [MemberData(nameof(Transfers))]
    public async Task A_large_upload_comes_back_whole_and_in_ranges_over_both_versions(ProxyKind kind, long size)
    {
        var proxy = await deployment.BehindAsync(kind);
        var (body, hash) = Curl.DistinctFile(deployment.Folder, size);

        foreach (var version in Versions)
        {
            var path = $"{Guid.NewGuid()}/large.bin";
            var get = $"{proxy.Url}{path}";

            var put = await Curl.RunAsync(
                deployment, Option(version), "-T", body, SignedUrls.V1(proxy.Url, path, size));
            put.Should().Be($"201 {version} sent {size}");
            (await Curl.HashAsync(deployment, Option(version), get)).Should().Be(hash);

            var range = await Curl.RunAsync(deployment, Option(version), "-r", $"{size - 5}-", get);
            range.Should().Be($"206 {version} sent 0");
            File.Delete(Path.Combine(proxy.Product.Store, path));
        }

        proxy.Product.Incoming().Should().BeEmpty();
    }

    [TheoryWith(Installed.Nginx, Installed.Proxies, Installed.Curl)]
    [MemberData(nameof(All))]
    public async Task A_slow_upload_with_a_difficult_name_is_stored_and_logged_with_the_address_of_its_client(
        ProxyKind kind)
    {
        var proxy = await deployment.BehindAsync(kind);
        var (body, hash) = Curl.DistinctFile(deployment.Folder, 1 << 20);

        var uploads = Versions.Select(async version =>
        {
            var path = $"{Guid.NewGuid()}/a b+%C3.bin";
            var signature = SignedUrls.V1(proxy.Url, path, 1 << 20)[^67..]; // ?v= and 64 digits
            var get = proxy.Url + string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

            // From an address that the proxy's own connection does not come from.
            var put = await Curl.RunAsync(
                deployment, Option(version), "--limit-rate", "400k", "--interface", "127.0.0.2", "-T", body,
                get + signature);
            put.Should().Be($"201 {version} sent {1 << 20}");
            (await Curl.HashAsync(deployment, Option(version), get)).Should().Be(hash);
            return path[..36];
        });
        var keys = await Task.WhenAll(uploads);

        foreach (var key in keys)
        {
            (await proxy.Product.LogWithAsync($"Stored {key}")).Split('\n').Should().Contain(
                line => line.Contains($"Stored {key}") && line.Contains("from 127.0.0.2 "));
        }
    }

    [TheoryWith(Installed.Nginx, Installed.Proxies, Installed.Curl, Installed.Ipv6)]
    [MemberData(nameof(All))]
    public async Task An_upload_over_IPv6_is_logged_with_the_address_of_its_client(ProxyKind kind)
    {
        var proxy = await deployment.BehindAsync(kind);
        var (body, _) = Curl.DistinctFile(deployment.Folder, 1 << 20);
        var path = $"{Guid.NewGuid()}/six.bin";

        // By name, for Caddy knows its certificate by that.
        var put = await Curl.RunAsync(
            deployment, "--http2", "--resolve", $"localhost:{proxy.Port}:[::1]", "-T", body,
            SignedUrls.V1(proxy.Url, path, 1 << 20));

        put.Should().StartWith("201 2");
        (await proxy.Product.LogWithAsync($"Stored {path}")).Split('\n').Should().Contain(
            line => line.Contains($"Stored {path}") && line.Contains("from ::1 "));
    }

    [TheoryWith(Installed.Nginx, Installed.Proxies, Installed.Curl)]
    [MemberData(nameof(All))]
    public async Task Web_clients_may_read_refusals_and_what_a_client_claims_of_its_address_is_not_believed(
        ProxyKind kind)
    {
        var proxy = await deployment.BehindAsync(kind);
        var key = $"{Guid.NewGuid()}/refused.bin";

        foreach (var version in Versions)
        {
            var refused = await Curl.HeaderAsync(
                deployment, "access-control-allow-origin", Option(version), "-H", "Origin: https://web-client.example",
                "--interface", "127.0.0.2", "-H", "X-Forwarded-For: 203.0.113.9", "-X", "PUT", "-d", "hello",
                SignedUrls.Forged(proxy.Url, key));
            refused.Should().Be("403 *");
        }

        var refusal = $"Refused {key}: 403 bad-signature";
        (await proxy.Product.LogWithAsync(refusal)).Should().Contain(refusal).And.NotContain("203.0.113.9");
    }

    [TheoryWith(Installed.Nginx, Installed.Proxies, Installed.Curl)]
    [InlineData(ProxyKind.Nginx)]
    [InlineData(ProxyKind.Caddy)]
    [InlineData(ProxyKind.Apache)]
    public async Task Web_clients_may_read_what_the_proxy_itself_says_while_the_server_is_away(ProxyKind kind)
    {
        await using var proxy = await ProxyServer.StartAsync(deployment.Folder, deployment.Certificate, kind);
        await proxy.Product.EndAsync();

        var answer = await Curl.HeaderAsync(
            deployment, "access-control-allow-origin", "-X", "PUT", "-d", "hello", SignedUrls.Forged(proxy.Url, "a/b"));

        answer.Should().MatchRegex("^50[23] \\*$");
    }

    public static TheoryData<ProxyKind> All => new(Enum.GetValues<ProxyKind>());

    /// <remarks>
    /// Caddy keeps what it buffers in memory, which is why nobody would let it: a gibibyte it is spared.
    /// </remarks>
    public static TheoryData<ProxyKind, long> Transfers
    {
        get
        {
            var data = new TheoryData<ProxyKind, long>();
            foreach (var kind in Enum.GetValues<ProxyKind>())
            {
                data.Add(kind, Hundred);
                if (kind is not ProxyKind.CaddyBuffering)
                {
                    data.Add(kind, Gibibyte);
                }
            }

            return data;
        }
    }

    private static string Option(string version) => version == "2" ? "--http2" : "--http1.1";
}
