using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HmacFileServer.Interop;

/// <summary>HAProxy, Caddy, Apache and nginx's TCP proxy, each with its shipped configuration: the same as direct access.</summary>
[Collection(SharedDeployment.Name)]
public sealed class ProxyTests(Deployment deployment)
{
    private const int Times = 10;
    private const long RefusedSize = 64L << 20;

    [TheoryWith(Installed.Proxies, Installed.Curl)]
    [MemberData(nameof(Proxies))]
    public async Task An_upload_is_stored_whole_over_both_versions_and_logged_with_the_address_of_its_client(ProxyKind kind)
    {
        await using var proxy = await ProxyServer.StartAsync(deployment.Folder, deployment.Certificate, kind);
        var sent = RandomNumberGenerator.GetBytes(20_000_000);
        var body = Path.Combine(deployment.Folder.Path, $"{kind}.bin");
        await File.WriteAllBytesAsync(body, sent);
        var hash = Convert.ToHexStringLower(SHA256.HashData(sent));

        foreach (var version in (string[])["1.1", "2"])
        {
            var path = $"{Guid.NewGuid()}/a b+%C3.bin";
            var signature = SignedUrls.V1(proxy.Url, path, sent.Length)[^67..]; // ?v= and 64 digits
            var get = proxy.Url + string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

            // From an address that the proxy's own connection does not come from.
            var put = await Curl.RunAsync(deployment, Option(version), "--interface", "127.0.0.2", "-T", body, get + signature);
            put.Should().Be($"201 {version} sent {sent.Length}");
            var back = await deployment.Client.FetchAsync("GET", get);
            back.Status.Should().Be(200);
            back.Sha256.Should().Be(hash);
        }

        proxy.Product.ReadLog().Split('\n').Where(line => line.Contains("Stored ")).Should()
            .HaveCount(2).And.OnlyContain(line => line.TrimEnd().EndsWith("from 127.0.0.2"));
    }

    [TheoryWith(Installed.Proxies, Installed.Curl)]
    [MemberData(nameof(Proxies))]
    public async Task A_refused_upload_shows_its_status_every_time(ProxyKind kind)
    {
        await using var proxy = await ProxyServer.StartAsync(deployment.Folder, deployment.Certificate, kind);
        var body = Curl.SparseFile(deployment.Folder, RefusedSize);

        using var http = Http2(deployment.Certificate);

        for (var time = 1; time <= Times; time++)
        {
            // curl may complain of the connection besides, for it was still sending; it has read the status all the same.
            var answer = await Curl.RunAsync(deployment, "--http1.1", "-T", body, Forged(proxy));
            answer.Should().Contain("403 1.1", "this is number {0} over HTTP/1.1", time);

            if (kind is ProxyKind.Caddy)
            {
                continue; // Caddy 2.6 resets such a stream with STREAM_CLOSED: its Caddyfile says so
            }

            // Not by curl 7.88: when the stream ends in order while it still sends, it forgets the answer it has read.
            await using var zeros = File.OpenRead(body);
            using var put = new HttpRequestMessage(HttpMethod.Put, Forged(proxy))
            {
                Content = new StreamContent(zeros),
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var refused = await http.SendAsync(put);
            refused.StatusCode.Should().Be(HttpStatusCode.Forbidden, "this is number {0} over HTTP/2", time);
        }

        proxy.Product.FilesLeft().Should().BeEmpty();
        proxy.Product.Incoming().Should().BeEmpty();
    }

    [TheoryWith(Installed.Proxies, Installed.Curl)]
    [MemberData(nameof(Proxies))]
    public async Task What_the_client_claims_about_its_address_is_not_believed(ProxyKind kind)
    {
        await using var proxy = await ProxyServer.StartAsync(deployment.Folder, deployment.Certificate, kind);

        await Curl.RunAsync(
            deployment, "--interface", "127.0.0.2", "-H", "X-Forwarded-For: 203.0.113.9", "-X", "PUT", "-d", "hello",
            SignedUrls.Forged(proxy.Url, $"{Guid.NewGuid()}/refused.bin"));

        proxy.Product.ReadLog().Should().Contain("403 bad-signature").And.NotContain("203.0.113.9");
    }

    public static TheoryData<ProxyKind> Proxies => new(Enum.GetValues<ProxyKind>());

    private static string Forged(ProxyServer proxy) => SignedUrls.Forged(proxy.Url, $"{Guid.NewGuid()}/refused.bin");

    private static HttpClient Http2(TestCertificate certificate)
    {
        var chain = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        chain.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(certificate.Authority));
        return new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = chain } });
    }

    private static string Option(string version) => version == "2" ? "--http2" : "--http1.1";
}
