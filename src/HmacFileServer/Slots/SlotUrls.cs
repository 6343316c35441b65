using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Settings;
using HmacFileServer.Storage;

namespace HmacFileServer.Slots;

/// <summary>The URLs we hand out: ASCII and RFC 3986, whatever the name. The same for the issuer and for <c>sign</c>.</summary>
internal static class SlotUrls
{
    /// <summary>Where a file is put and got, without any signature.</summary>
    public static string Of(ServerSettings settings, BlobKey key) =>
        Base(settings) + string.Join('/', key.Text.Split('/').Select(Uri.EscapeDataString));

    /// <summary>Where a file is got: signed where the settings want that.</summary>
    public static string Download(ServerSettings settings, BlobKey key, DateTimeOffset now)
    {
        var url = Of(settings, key);
        return settings.Security.RequireSignedDownloads
            ? $"{url}?{V3Query(settings, key, "GET", now + settings.Security.DownloadValidity.Time)}"
            : url;
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

    private static string Base(ServerSettings settings)
    {
        if (settings.Server.PublicUrl is { } told)
        {
            var port = told.IsDefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{told.Port}");
            var host = told.HostNameType == UriHostNameType.IPv6 ? told.Host : told.IdnHost; // IdnHost drops the brackets
            return $"{told.Scheme}://{host}{port}{told.AbsolutePath}";
        }

        var listen = settings.Server.ListenAddress.FirstOrDefault(address => address.UnixPath is null);
        var scheme = settings.Server.TlsCertificate is null ? "http" : "https";
        var here = listen?.ToString().Replace("*", "127.0.0.1", StringComparison.Ordinal) ?? "127.0.0.1:8080";
        return $"{scheme}://{here}{string.Join('/', settings.Server.BasePath.Split('/').Select(Uri.EscapeDataString))}";
    }
}
