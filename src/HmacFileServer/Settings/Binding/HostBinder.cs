using System.Net;
using System.Security.Cryptography;
using HmacFileServer.Http.Listening;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;
using HmacFileServer.Storage;

namespace HmacFileServer.Settings.Binding;

/// <summary>Reads <c>[server]</c>.</summary>
internal static class HostBinder
{
    public static HostSettings Bind(TableReader table, HostSettings otherwise)
    {
        var server = new HostSettings
        {
            ListenAddress = table.ReadList<ListenAddress>(
                "listen_address", otherwise.ListenAddress, ListenAddress.TryParse),
            ProxyProtocolAddress = table.ReadList<ListenAddress>(
                "proxy_protocol_address", otherwise.ProxyProtocolAddress, ListenAddress.TryParse),
            UnixSocketMode = table.Read<UnixFileMode>("unix_socket_mode", otherwise.UnixSocketMode, Parsers.FileMode),
            BasePath = table.Read<string>("base_path", otherwise.BasePath, UrlParsers.BasePath),
            PublicUrl = table.Read<Uri?>("public_url", otherwise.PublicUrl, UrlParsers.PublicUrl),
            StoragePath = table.Read<string>("storage_path", otherwise.StoragePath, Parsers.Text),
            Links = table.Read<bool>("follow_links", false, Parsers.Flag) ? StoreLinks.Followed : StoreLinks.Refused,
            MaxUploadSize = table.Read(
                "max_upload_size", otherwise.MaxUploadSize, Parsers.Between(new(1), SettingsBinder.Unbounded)),
            MaxHeaderBytes = table.Read(
                "max_header_bytes", otherwise.MaxHeaderBytes, Parsers.Between(new(8192), new(16 << 20))),
            MinFreeBytes = table.Read<ByteSize>("min_free_bytes", otherwise.MinFreeBytes, ByteSize.TryParse),
            Fsync = table.Read<bool>("fsync", otherwise.Fsync, Parsers.Flag),
            ReceiveMemory = table.Read(
                "receive_memory", otherwise.ReceiveMemory, Parsers.Between(new(0), new(1L << 40))),
            TrustedProxies = table.ReadList<IPNetwork>("trusted_proxies", otherwise.TrustedProxies, Parsers.Network),
            TlsCertificate = table.Read<string?>("tls_certificate", otherwise.TlsCertificate, ExistingFile),
            TlsKey = table.Read<string?>("tls_key", otherwise.TlsKey, ExistingFile),
        };

        if (server.ListenAddress.IsEmpty)
        {
            table.Problem("listen_address", "names no address: the server would listen nowhere");
        }

        if (server.TlsKey is null != server.TlsCertificate is null)
        {
            table.Problem(
                server.TlsKey is null ? "tls_certificate" : "tls_key", "needs its pair: a certificate and its key");
        }

        return server is { TlsCertificate: { } certificate, TlsKey: { } privateKey }
            ? server with { Tls = Identity(table, certificate, privateKey) }
            : server;
    }

    private static TlsIdentity? Identity(TableReader table, string certificate, string key)
    {
        if (!File.Exists(certificate) || !File.Exists(key))
        {
            return null; // reported already
        }

        try
        {
            return TlsIdentity.Load(certificate, key);
        }
        catch (UnauthorizedAccessException)
        {
            table.Problem("tls_certificate", "and tls_key must be readable by the user that the server runs as");
            return null;
        }
        catch (Exception e) when (e is CryptographicException or IOException)
        {
            table.Problem("tls_certificate", "and tls_key are no certificate in PEM and its unencrypted key");
            return null;
        }
    }

    private static bool ExistingFile(string text, out string? value, out string problem)
    {
        value = text;
        problem = $"there is no file \"{text}\"";
        return File.Exists(text);
    }
}
