using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HmacFileServer.Http;

/// <summary>
/// Our certificate with its key, and the intermediates that stand behind it in the same PEM file: a client that is not sent them
/// finds no way to a root it knows.
/// </summary>
internal sealed record TlsIdentity(X509Certificate2 Certificate, X509Certificate2Collection Chain)
{
    /// <exception cref="CryptographicException">Not PEM, or certificate and key don't belong together.</exception>
    /// <exception cref="IOException">A file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of permission.</exception>
    public static TlsIdentity Load(string certificateFile, string keyFile)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        return new TlsIdentity(X509Certificate2.CreateFromPemFile(certificateFile, keyFile), chain);
    }
}
