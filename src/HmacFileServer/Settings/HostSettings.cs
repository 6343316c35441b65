using System.Collections.Immutable;
using System.Net;
using HmacFileServer.Http.Listening;
using HmacFileServer.Settings.Values;
using HmacFileServer.Storage;

namespace HmacFileServer.Settings;

/// <summary><c>[server]</c>: where we listen, where the files lie, and how much of the disk they may take.</summary>
internal sealed record HostSettings
{
    public ImmutableArray<ListenAddress> ListenAddress { get; init; } =
        [Values.ListenAddress.Tcp(IPAddress.Loopback, 8080)];

    /// <summary>Where proxies connect that pass on TCP and say by the PROXY protocol for whom.</summary>
    public ImmutableArray<ListenAddress> ProxyProtocolAddress { get; init; } = [];

    public UnixFileMode UnixSocketMode { get; init; } =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>The URL prefix that is not signed; begins and ends with a slash.</summary>
    public string BasePath { get; init; } = "/";

    /// <summary>The prefix of every URL people see, ending in a slash, or null when it was never told.</summary>
    public Uri? PublicUrl { get; init; }

    public string StoragePath { get; init; } = "./data/uploads";

    /// <summary>Symbolic links below it.</summary>
    public StoreLinks Links { get; init; }

    public ByteSize MaxUploadSize { get; init; } = new(10L << 30);

    /// <summary>As it was written; <see cref="HeaderBytes"/> is in force.</summary>
    public ByteSize MaxHeaderBytes { get; init; } = DefaultHeaderBytes;

    /// <summary>
    /// 1 MiB was the default, of hmac-file-server and of this program, and stands in many a file for no other reason.
    /// </summary>
    public ByteSize HeaderBytes => HasFormerHeaderBytes ? DefaultHeaderBytes : MaxHeaderBytes;

    public bool HasFormerHeaderBytes => MaxHeaderBytes.Bytes >= 1 << 20;

    private static ByteSize DefaultHeaderBytes => new(64 << 10);

    public ByteSize MinFreeBytes { get; init; } = new(100L << 20);

    public bool Fsync { get; init; } = true;

    /// <summary>Of large blocks that bodies pass through; beyond it senders share small ones.</summary>
    public ByteSize ReceiveMemory { get; init; } = new(64L << 20);

    public ImmutableArray<IPNetwork> TrustedProxies { get; init; } =
        [new(IPAddress.Parse("127.0.0.0"), 8), new(IPAddress.IPv6Loopback, 128)];

    public string? TlsCertificate { get; init; }

    public string? TlsKey { get; init; }

    /// <summary>
    /// What the two files held when they were read: settings that can't be served with never come into force.
    /// </summary>
    public TlsIdentity? Tls { get; init; }
}
