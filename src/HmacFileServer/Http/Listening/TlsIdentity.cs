using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HmacFileServer.Http.Listening;

/// <summary>
/// Our certificate with its key, and the intermediates that stand behind it in the same PEM file: a client that is not
/// sent them finds no way to a root it knows. One of many connections: whoever began with it keeps it.
/// </summary>
internal sealed class TlsIdentity
{
    private TlsIdentity(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        Certificate = certificate;
        // what the file lacks is not fetched
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    public X509Certificate2 Certificate { get; }

    public SslStreamCertificateContext Context { get; }

    /// <exception cref="CryptographicException">Not PEM, or certificate and key don't belong together.</exception>
    /// <exception cref="IOException">A file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of permission.</exception>
    public static TlsIdentity Load(string certificateFile, string keyFile)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        try
        {
            return new TlsIdentity(X509Certificate2.CreateFromPemFile(certificateFile, keyFile), chain);
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException(e.Message, e); // the key is that of another certificate
        }
    }
}
