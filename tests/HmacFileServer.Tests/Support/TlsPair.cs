using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HmacFileServer.Tests.Support;

/// <summary>A certificate that has signed itself, and its key.</summary>
internal sealed class TlsPair : IDisposable
{
    /// <summary>Of [server], for a pair in the test's own folder.</summary>
    public const string Settings = "tls_certificate = \"{folder}/cert.pem\"\ntls_key = \"{folder}/key.pem\"";

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TlsPair()
    {
        var now = TimeProvider.System.GetUtcNow();
        Certificate = new CertificateRequest("CN=files.example", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    public X509Certificate2 Certificate { get; }

    /// <param name="file">Where a name lies.</param>
    public void Write(Func<string, string> file)
    {
        File.WriteAllText(file("cert.pem"), Certificate.ExportCertificatePem());
        File.WriteAllText(file("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        Certificate.Dispose();
        key.Dispose();
    }
}
