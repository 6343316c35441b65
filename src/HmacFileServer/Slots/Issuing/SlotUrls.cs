using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Storage;

namespace HmacFileServer.Slots.Issuing;

/// <summary>
/// The URLs we hand out: ASCII and RFC 3986, whatever the name. The same for the issuer and for <c>sign</c>.
/// </summary>
internal static class SlotUrls
{
    /// <summary>Where a file is put and got, without any signature.</summary>
    public static string Of(ServerSettings settings, BlobKey key) => Base(settings) + Path(key);

    public static string Path(BlobKey key) => string.Join('/', key.Text.Split('/').Select(Uri.EscapeDataString));

    /// <summary>What a download needs after its path where the settings want it signed; else nothing.</summary>
    public static string DownloadQuery(ServerSettings settings, BlobKey key, DateTimeOffset now) =>
        settings.Security.RequireSignedDownloads
            ? $"?{V3Query(settings, key, "GET", now + settings.Security.DownloadValidity.Time)}"
            : "";

    /// <summary>The query of a PUT URL under one of the URL schemes.</summary>
    public static string SignedQuery(
        ServerSettings settings, BlobKey key, string scheme, long size, string contentType, DateTimeOffset now)
    {
        if (scheme == "v3")
        {
            return V3Query(settings, key, "PUT", now + settings.Security.HmacValidity.Time);
        }

        var message = new ArrayBufferWriter<byte>();
        if (scheme == "v")
        {
            UrlMessage.WriteV1(message, key.Text, size);
        }
        else
        {
            UrlMessage.WriteV2(message, key.Text, size, contentType);
        }

        return $"{scheme}={Mac(settings.Security.Secrets[0], message.WrittenSpan)}";
    }

    public static string V3Query(ServerSettings settings, BlobKey key, string method, DateTimeOffset until)
    {
        var expires = until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var message = new ArrayBufferWriter<byte>();
        UrlMessage.WriteV3(message, method, expires, Encoding.UTF8.GetBytes(settings.Server.BasePath + key.Text));
        return $"v3={Mac(settings.Security.Secrets[0], message.WrittenSpan)}&expires={expires}";
    }

    public static string Mac(Secret secret, ReadOnlySpan<byte> message) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(secret.Bytes.Span, message));

    public static string Base(ServerSettings settings)
    {
        if (settings.Server.PublicUrl is { } told)
        {
            var port = told.IsDefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{told.Port}");
            // IdnHost drops the brackets
            var host = told.HostNameType == UriHostNameType.IPv6 ? told.Host : told.IdnHost;
            return $"{told.Scheme}://{host}{port}{told.AbsolutePath}";
        }

        var listen = settings.Server.ListenAddress.FirstOrDefault(address => address.UnixPath is null);
        var scheme = settings.Server.TlsCertificate is null ? "http" : "https";
        var here = listen?.ToString().Replace("*", "127.0.0.1", StringComparison.Ordinal) ?? "127.0.0.1:8080";
        return $"{scheme}://{here}{string.Join('/', settings.Server.BasePath.Split('/').Select(Uri.EscapeDataString))}";
    }
}
