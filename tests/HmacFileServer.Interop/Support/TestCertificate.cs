using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HmacFileServer.Interop.Support;

/// <summary>A certificate authority that lives for one test run, and one server certificate signed by it.</summary>
internal sealed class TestCertificate
{
    public TestCertificate(TempFolder folder, params string[] names)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = SelfSigned(authorityKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Signed(authority, key, names);

        var chain = certificate.ExportCertificatePem() + "\n";
        var secret = key.ExportPkcs8PrivateKeyPem() + "\n";
        Authority = folder.Write("authority.pem", authority.ExportCertificatePem() + "\n");
        Chain = folder.Write("server.pem", chain);
        Key = folder.Write("server.key", secret);
        ChainAndKey = folder.Write("server-with-key.pem", chain + secret);
    }

    public string Authority { get; }

    public string Chain { get; }

    public string Key { get; }

    /// <summary>One file with both, as ejabberd wants it.</summary>
    public string ChainAndKey { get; }

    private static X509Certificate2 SelfSigned(ECDsa key)
    {
        var request = new CertificateRequest("CN=Interop test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var (from, until) = Validity();
        return request.CreateSelfSigned(from, until);
    }

    private static X509Certificate2 Signed(X509Certificate2 authority, ECDsa key, string[] names)
    {
        var request = new CertificateRequest("CN=" + names[0], key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            alternatives.AddDnsName(name);
        }

        alternatives.AddIpAddress(IPAddress.Loopback);
        alternatives.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var (from, until) = Validity();
        return request.Create(authority, from, until.AddHours(-1), RandomNumberGenerator.GetBytes(12));
    }

    private static (DateTimeOffset From, DateTimeOffset Until) Validity()
    {
        var now = TimeProvider.System.GetUtcNow();
        return (now.AddHours(-1), now.AddDays(2));
    }
}
