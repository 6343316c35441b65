using System.Globalization;
using System.Net.Security;
using HmacFileServer.Http.Proxies;
using HmacFileServer.Limits;
using HmacFileServer.Memory;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace HmacFileServer.Http.Listening;

/// <summary>Kestrel for this one job: bodies of any size at any pace, judged by us and not by its defaults.</summary>
internal static class KestrelSetup
{
    private const int FirstListenHandle = 3;              // SD_LISTEN_FDS_START, sd_listen_fds(3)
    private const int MaxRequestLineBytes = 32 << 10;     // a 2 KB name, percent-encoded three for one, and a token

    // 1 Gbit/s over a round trip of 100 ms is 12.5 MB on the way. Kestrel says that there is room when half of the
    // window is used, so that half must last for a round trip: 25 MB, and some more. (By default 96 KiB: 0.5 MB/s.)
    public const int Http2Window = 32 << 20;

    // With TLS, 256 MiB in all, should the disk stand still. Without, so much for each connection of an upload that runs:
    // nothing else leaves a body unread for long (a download with a body is refused).
    public const int Http2Connections = 8;

    // Without TLS more, for the clients are proxies: one connection for each of their workers, or, from TCP proxies, for
    // each client of theirs. With so many streams each (nginx: 128, for pages of many parts; here files come one by
    // one) 256 requests, whose heads take 32 MB should all be as large as they may.
    public const int CleartextHttp2Connections = 16;
    public const int Http2Streams = 16;

    // The entries of the dynamic table, RFC 7541 section 4.2. Not less: until a client has read our settings it may use
    // as much, and a browser's or a bot's first burst of requests does. What the table can be blown up to is bounded by
    // max_header_bytes for each request.
    private const int HeaderTable = 4096;

    // What a client that does not read keeps of our memory, once in the answer's buffer and, but for HTTP/1.1 without
    // TLS, once in the connection's. A large block is sent whole even so.
    private const int MaxUnsentBytes = 64 << 10;

    // What a client sends on while its request is not done with; 1 MiB by default.
    private const int MaxUnreadBytes = ReceiveMemory.LargeBlock;

    // As many may knock at once; the kernel takes no more than net.core.somaxconn. By default 512, and the rest try
    // again in a second.
    private const int MaxKnocking = 4096;

    public static void Apply(SocketTransportOptions sockets, UnixFileMode unixSocketMode)
    {
        sockets.MaxReadBufferSize = MaxUnreadBytes;
        sockets.CreateBoundListenSocket = endpoint => UnixSockets.Bind(endpoint, unixSocketMode);
        sockets.MaxWriteBufferSize = MaxUnsentBytes;
        sockets.Backlog = MaxKnocking;
        sockets.UnsafePreferInlineScheduling = true; // see Poller, who tells what must not run there
    }

    public static void Apply(KestrelServerOptions kestrel, ServerSettings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.DisableStringReuse = true;                // or each stream keeps its last head, of up to 128 KB
        kestrel.AllowAlternateSchemes = true;             // "http" over what CleartextHttp2 makes of a connection

        // the target's host wins (RFC 9112 section 3.2.2); we use neither
        kestrel.AllowHostHeaderOverride = true;
        kestrel.RequestHeaderEncodingSelector = HeaderText.Select;

        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = null;                 // default 30 MB; max_upload_size and the slot rule
        limits.MinRequestBodyDataRate = null;             // default 240 B/s cuts off phones; read_timeout rules
        limits.MinResponseDataRate = null;                // likewise; write_timeout rules
        limits.MaxResponseBufferSize = MaxUnsentBytes;
        limits.KeepAliveTimeout = settings.Timeouts.IdleTimeout.Time;
        limits.RequestHeadersTimeout = settings.Timeouts.HeaderTimeout.Time;
        limits.MaxRequestHeadersTotalSize = (int)settings.Server.HeaderBytes.Bytes;
        limits.MaxRequestLineSize = MaxRequestLineBytes;
        limits.Http2.MaxStreamsPerConnection = Http2Streams;
        limits.Http2.HeaderTableSize = HeaderTable;
        limits.Http2.InitialStreamWindowSize = Http2Window;
        limits.Http2.InitialConnectionWindowSize = Http2Window;

        var live = kestrel.ApplicationServices.GetRequiredService<LiveSettings>();
        var time = kestrel.ApplicationServices.GetRequiredService<TimeProvider>();
        var connections = kestrel.ApplicationServices.GetRequiredService<ConnectionLimits>();
        var heads = kestrel.ApplicationServices.GetRequiredService<RequestHeads>();
        var http2 = new Http2Places(Http2Connections);
        var cleartext = new CleartextPlaces(
            () => Math.Min(CleartextHttp2Connections, connections.Most / 2),
            connections,
            kestrel.ApplicationServices.GetRequiredService<LimitLog>(),
            time);
        void Setup(ListenOptions listen) => SetupAfter(listen, proxied: false);
        void SetupAfter(ListenOptions listen, bool proxied)
        {
            listen.Use(connections.Counted);
            listen.Use(HalfClose.Tolerate);
            if (proxied)
            {
                var log = kestrel.ApplicationServices.GetRequiredService<ILogger<ProxyProtocol>>();
                var refusals = kestrel.ApplicationServices.GetRequiredService<RefusalLog>();
                var (trusted, patience) = (settings.Server.TrustedProxies, settings.Timeouts.HeaderTimeout.Time);
                listen.Use(next => new ProxyProtocol(next, trusted, patience, refusals, log).OnConnectionAsync);
            }

            listen.Use(connections.Guard); // here, where the address is the client's

            // Protocols stay at their default, HTTP/1.1 and HTTP/2: set by hand, Kestrel warns that the
            // second needs TLS.
            if (settings.Server.Tls is not { } atStart || listen.SocketPath is not null)
            {
                listen.Use(next => new CleartextHttp2(next, cleartext, settings.Timeouts.HeaderTimeout.Time, time)
                    .OnConnectionAsync);
            }
            else
            {
                listen.Use(http2.Around);

                // Asked at each handshake, so that a renewed certificate needs no restart. To do without TLS does.
                listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = handshake => ValueTask.FromResult(new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = (live.Current.Server.Tls ?? atStart).Context,
                        ApplicationProtocols = Http2Places.OfferTo(handshake.Connection),
                    }),
                });
                listen.Use(Http2Places.After);
            }

            listen.Use(heads.Guard);
            listen.Use(HalfClose.ReadAllFirst);
        }

        var handed = HandedSockets;
        for (var handle = 0; handle < handed; handle++)
        {
            kestrel.ListenHandle((ulong)(FirstListenHandle + handle), Setup);
        }

        foreach (var address in settings.Server.ProxyProtocolAddress)
        {
            Listen(kestrel, address, listen => SetupAfter(listen, proxied: true));
        }

        if (handed == 0)
        {
            foreach (var address in settings.Server.ListenAddress)
            {
                Listen(kestrel, address, Setup);
            }
        }
    }

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address, Action<ListenOptions> setup)
    {
        if (address.UnixPath is { } path)
        {
            kestrel.ListenUnixSocket(path, setup);
        }
        else if (address.Address is { } ip)
        {
            kestrel.Listen(ip, address.Port, setup);
        }
        else
        {
            kestrel.ListenAnyIP(address.Port, setup);
        }
    }

    /// <summary>
    /// How many sockets systemd opened for us; it names our process, for the variables are inherited by children.
    /// </summary>
    public static int HandedSockets =>
        Environment.GetEnvironmentVariable("LISTEN_PID") == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
        && int.TryParse(Environment.GetEnvironmentVariable("LISTEN_FDS"), NumberStyles.None,
            CultureInfo.InvariantCulture, out var count)
            ? count
            : 0;
}
