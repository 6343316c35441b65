using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

public sealed class TlsTests
{
    private static readonly DateTimeOffset From = TimeProvider.System.GetUtcNow().AddDays(-1);

    [Fact]
    public async Task A_pair_of_pem_files_makes_it_https_over_http1_and_http2()
    {
        using var pair = new TlsPair();
        var certificate = pair.Certificate;
        await using var server = await TestServer.StartAsync(
            TlsPair.Settings, prepare: folder => pair.Write(folder.File));

        await using var wire = await RawConnection.OpenAsync(server.EndPoint, certificate);
        await wire.SendAsync($"PUT {SignedUrls.V("a/b", 5)} HTTP/1.1", "Host: h", "Content-Length: 5");
        await wire.SendAsync("hello"u8.ToArray());
        var put = await wire.ReadAsync();

        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback =
            (_, seen, _, _) => seen!.GetCertHashString() == certificate.Thumbprint;
        using var client = new HttpClient(handler)
        {
            BaseAddress = server.Url,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var get = await client.GetAsync(new Uri("/a/b", UriKind.Relative));

        put.Status.Should().Be(201);
        (await get.Content.ReadAsStringAsync()).Should().Be("hello");
        get.Version.Should().Be(HttpVersion.Version20);
        server.Url.Scheme.Should().Be("https");
    }

    [Fact]
    public async Task The_whole_chain_of_the_pem_file_is_sent()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority("CN=root", rootKey).CreateSelfSigned(From, From.AddDays(2));
        using var middle = Authority("CN=middle", middleKey).Create(root, From, From.AddDays(2), [1])
            .CopyWithPrivateKey(middleKey);
        using var leaf = new CertificateRequest("CN=files.example", key, HashAlgorithmName.SHA256)
            .Create(middle, From, From.AddDays(1), [2]);
        await using var server = await TestServer.StartAsync(TlsPair.Settings, prepare: folder =>
        {
            File.WriteAllText(
                folder.File("cert.pem"), leaf.ExportCertificatePem() + "\n" + middle.ExportCertificatePem() + "\n");
            File.WriteAllText(folder.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
        });

        string[] sent = [];
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(server.EndPoint);
        await using var tls = new SslStream(tcp.GetStream(), false, (_, _, chain, _) =>
        {
            sent = [.. chain!.ChainPolicy.ExtraStore.Select(certificate => certificate.Subject)];
            return true;
        });
        await tls.AuthenticateAsClientAsync("files.example");

        sent.Should().Contain("CN=middle");
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request;
    }
}
