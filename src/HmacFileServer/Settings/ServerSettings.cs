using System.Collections.Immutable;
using System.Net;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Settings;

/// <summary>
/// Everything an operator can set: one immutable record per TOML table, with its defaults. config/config.toml documents
/// every key; a test keeps the two equal.
/// </summary>
internal sealed record ServerSettings
{
    public HostSettings Server { get; init; } = new();

    public SecuritySettings Security { get; init; } = new();

    public UploadSettings Uploads { get; init; } = new();

    public DownloadSettings Downloads { get; init; } = new();

    public TimeoutSettings Timeouts { get; init; } = new();

    public LimitSettings Limits { get; init; } = new();

    public LoggingSettings Logging { get; init; } = new();

    public CorsSettings Cors { get; init; } = new();

    public MetricsSettings Metrics { get; init; } = new();

    public LedgerSettings Ledger { get; init; } = new();

    public QuotaSettings Quotas { get; init; } = new();

    public RetentionSettings Retention { get; init; } = new();

    public XmppSettings Xmpp { get; init; } = new();

    /// <summary>Files that nobody else should be able to read: with secrets, or the key of the certificate.</summary>
    public ImmutableArray<string> FilesWithSecrets { get; init; } = [];

    /// <summary>What must never be written anywhere.</summary>
    public ImmutableArray<Secret> AllSecrets =>
        [.. Security.AllSecrets, .. new[] { Xmpp.Secret, Xmpp.ServiceKey }.OfType<Secret>()];
}

/// <summary><c>[security]</c>: the keys, and what a signature is worth.</summary>
internal sealed record SecuritySettings
{
    /// <summary>The name of every scheme there is; those of the classes in Slots.</summary>
    public static readonly ImmutableArray<string> SchemeNames = ["v", "v2", "token", "v3", "jwt"];

    /// <summary>The current key of the URL schemes, then the previous ones.</summary>
    public ImmutableArray<Secret> Secrets { get; init; } = [];

    /// <summary>
    /// The current key of the JWT scheme, then the previous ones. The same as <see cref="Secrets"/> unless told.
    /// </summary>
    public ImmutableArray<Secret> JwtSecrets { get; init; } = [];

    /// <summary>What Metronome signs DELETE requests with, besides the secret; null when it may not delete.</summary>
    public Secret? DeleteSecret { get; init; }

    public Duration HmacValidity { get; init; } = Duration.Seconds(7200);

    public Duration ClockSkew { get; init; } = Duration.Seconds(60);

    public ImmutableArray<string> Schemes { get; init; } = SchemeNames;

    public bool RequireSignedDownloads { get; init; }

    public Duration DownloadValidity { get; init; } = Duration.Seconds(7200);

    /// <summary>What must never be written anywhere.</summary>
    public ImmutableArray<Secret> AllSecrets => DeleteSecret is null
        ? [.. Secrets, .. JwtSecrets]
        : [.. Secrets, .. JwtSecrets, DeleteSecret];

    /// <summary>
    /// A site of the JWT scheme alone answers 401 and names it (RFC 9110 section 11.6.1); any other answers 403.
    /// </summary>
    public bool JwtOnly => Schemes is ["jwt"];
}

/// <summary><c>[uploads]</c>: what may be stored.</summary>
internal sealed record UploadSettings
{
    /// <summary>Without the dot, lower case; empty means every extension.</summary>
    public ImmutableArray<string> AllowedExtensions { get; init; } = [];

    public ImmutableArray<string> BlockedExtensions { get; init; } = [];

    public bool CheckContentType { get; init; }

    /// <summary>Uploads at a time; 0 means as many as come.</summary>
    public int MaxConcurrent { get; init; }

    /// <param name="extension">Without the dot, lower case.</param>
    public bool Takes(string extension) =>
        !BlockedExtensions.Contains(extension) && (AllowedExtensions.IsEmpty || AllowedExtensions.Contains(extension));
}

/// <summary><c>[downloads]</c>: how files are served.</summary>
internal sealed record DownloadSettings
{
    /// <summary>
    /// Types a browser may show in place; "image/*" stands for every subtype. image/svg+xml is never one of them.
    /// </summary>
    public ImmutableArray<string> InlineTypes { get; init; } = ["image/*", "video/*", "audio/*", "text/plain"];

    public Duration CacheMaxAge { get; init; } = Duration.Seconds(365 * 86400);

    /// <summary>Further prefixes that files are read below: of an old server, whose links people still hold.</summary>
    public ImmutableArray<string> AlsoBelow { get; init; } = [];

    /// <summary>What lies in the store and is never served: a file, or a folder with all it holds.</summary>
    public ImmutableArray<string> Hidden { get; init; } = [];

    /// <summary>
    /// The internal nginx location that maps to the storage folder, or null to send the bytes ourselves.
    /// </summary>
    public string? AccelRedirect { get; init; }
}

/// <summary>
/// <c>[timeouts]</c>: how long silence lasts before we take it for an end. None limits a whole transfer.
/// </summary>
internal sealed record TimeoutSettings
{
    public Duration ReadTimeout { get; init; } = Duration.Seconds(300);

    public Duration WriteTimeout { get; init; } = Duration.Seconds(300);

    public Duration IdleTimeout { get; init; } = Duration.Seconds(130);

    public Duration HeaderTimeout { get; init; } = Duration.Seconds(30);

    public Duration Shutdown { get; init; } = Duration.Seconds(30);
}

/// <summary><c>[logging]</c>.</summary>
internal sealed record LoggingSettings
{
    public LogLevel Level { get; init; } = LogLevel.Information;

    public string? File { get; init; }

    public LogFormat Format { get; init; }

    public ByteSize MaxSize { get; init; } = new(100L << 20);

    public int MaxFiles { get; init; } = 7;

    /// <summary>Who stored, was refused and deleted what, as JSON lines; null for nowhere.</summary>
    public string? AuditFile { get; init; }

    public ByteSize AuditMaxSize { get; init; } = new(100L << 20);

    /// <summary>Of those that are full; 0 keeps them all.</summary>
    public int AuditMaxFiles { get; init; } = 10;
}

/// <summary><c>[metrics]</c>: what Prometheus asks.</summary>
internal sealed record MetricsSettings
{
    /// <summary>Null for nowhere.</summary>
    public ListenAddress? ListenAddress { get; init; } = Values.ListenAddress.Tcp(IPAddress.Loopback, 9464);
}

internal enum LogFormat
{
    Text,
    Json,
}

/// <summary>
/// <c>[cors]</c>: which web clients may use us. No credentials are ever allowed, so "*" gives nothing away.
/// </summary>
internal sealed record CorsSettings
{
    public bool Enabled { get; init; } = true;

    public ImmutableArray<string> AllowOrigins { get; init; } = ["*"];

    public Duration MaxAge { get; init; } = Duration.Seconds(86400);
}
