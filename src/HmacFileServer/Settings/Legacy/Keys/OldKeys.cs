namespace HmacFileServer.Settings.Legacy.Keys;

/// <summary>
/// The keys that do something here. Spellings are those the old servers heeded: hmac-file-server 3.x its struct tags,
/// prosody-filer its field names at the top of the file. Further ones, which 2.x and the README used, follow them.
/// </summary>
internal static class OldKeys
{
    private const string Stall =
        "was the longest whole transfer, is the longest silence here; a slow transfer may take any time";
    private const string Joined = "one address here";

    public static readonly OldKey[] ProsodyFiler =
    [
        Joint("", "listenPort", Fate.Used, "server.listen_address", ""),
        Joint("", "unixSocket", Fate.Changed, "server.listen_address", "a socket's path begins with unix: here"),
        Used("", "secret", "security.secret"),
        Used("", "storeDir", "server.storage_path"),
        new("", "uploadSubDir", Fate.Changed, "server.base_path",
            "the part of the URL's path before the key, as before"),
        Used("", "logLevel", "logging.level") with { Convert = OldValues.Level },
    ];

    public static readonly OldKey[] HmacFileServer =
    [
        Joint("server", "listen_address", Fate.Changed, "server.listen_address", Joined),
        Joint("server", "listenport", Fate.Changed, "server.listen_address", "2.x's name of listen_address"),
        Joint("server", "port", Fate.Changed, "server.listen_address", "listen_address here"),
        Joint("server", "bind_ip", Fate.Changed, "server.listen_address", Joined),
        Joint("server", "unixsocket", Fate.Changed, "server.listen_address", "a socket's path begins with unix: here"),
        Joint("server", "force_protocol", Fate.Changed, "server.listen_address", "ipv4 is 0.0.0.0, ipv6 is [::]"),
        Used("server", "storage_path", "server.storage_path"),
        new("server", "upload_path", Fate.Changed, "server.storage_path", "storage_path here"),
        Used("server", "max_upload_size", "server.max_upload_size") with
        {
            Convert = OldValues.UploadSize,
            Exact = true,
        },
        Used("server", "min_free_bytes", "server.min_free_bytes") with { Exact = true },
        new("server", "max_header_bytes", Fate.Changed, "server.max_header_bytes",
            "1 MB, the old default, and more are 64 KB here")
        {
            Convert = OldValues.HeaderBytes,
        },
        Joint("server", "filettl", Fate.Changed, "retention.max_age", "") with { Exact = true },
        Joint("server", "filettlenabled", Fate.Changed, "retention.max_age", "") with { Exact = true },
        new("server", "cleanup_interval", Fate.Changed, "retention.cleanup_interval", "a key of [retention] here")
        {
            Convert = OldValues.TimeToLive,
        },
        Joint("server", "global_extensions", Fate.Changed, "uploads.allowed_extensions", "") with { Exact = true },
        new("server", "file_naming", Fate.Changed, null,
            "files keep the name of their URL; what \"HMAC\" renamed is served under the name it has on "
                + "disk, as before"),
        Joint("server", "metricsenabled", Fate.Changed, "metrics.listen_address", "") with { Exact = true },
        Joint("server", "metricsport", Fate.Changed, "metrics.listen_address", "") with { Exact = true },
        new("server", "logfile", Fate.Changed, "logging.file", "2.x's name of logging.file"),

        Used("security", "secret", "security.secret"),
        new("auth", "shared_secret", Fate.Changed, "security.secret", "security.secret here"),
        Joint("security", "enablejwt", Fate.Changed, "security.jwt_secret", ""),
        Joint("security", "jwtsecret", Fate.Changed, "security.jwt_secret", ""),

        Joint("uploads", "allowed_extensions", Fate.Used, "uploads.allowed_extensions", "") with { Exact = true },

        Timeout("readtimeout", Fate.Changed, "timeouts.read_timeout", Stall),
        Timeout("writetimeout", Fate.Changed, "timeouts.write_timeout", Stall),
        Timeout("idletimeout", Fate.Used, "timeouts.idle_timeout", ""),
        Timeout("shutdown", Fate.Used, "timeouts.shutdown", ""),

        Used("logging", "level", "logging.level") with { Convert = OldValues.Level },
        Used("logging", "file", "logging.file"),
        new("logging", "max_size", Fate.Changed, "logging.max_size", "a size here; was a number of MB")
        {
            Convert = OldValues.Megabytes,
        },
        new("logging", "max_backups", Fate.Changed, "logging.max_files", "max_files here")
        {
            Convert = OldValues.Backups,
        },

        Joint("quotas", "enabled", Fate.Changed, "quotas.per_owner", ""),
        Joint("quotas", "default", Fate.Changed, "quotas.per_owner", ""),
        Joint("quotas", "custom", Fate.Used, "quotas.custom", ""),
    ];

    /// <summary>Keys whose value is a path that must never be served, when it lies below the store.</summary>
    public static readonly (string Table, string Key)[] PrivatePaths =
    [
        ("metadata", "db_path"), ("deduplication", "directory"), ("key_rotation", "key_storage"), ("audit", "path"),
        ("logging", "file"), ("server", "logfile"), ("server", "pidfilepath"), ("server", "pid_file"),
    ];

    /// <summary>Every row, those without effect too.</summary>
    public static readonly IReadOnlyList<OldKey> All = [.. ProsodyFiler, .. HmacFileServer, .. ObsoleteKeys.All];

    private static OldKey Used(string table, string spelling, string to) => new(table, spelling, Fate.Used, to, "");

    private static OldKey Joint(string table, string spelling, Fate fate, string to, string sentence) =>
        new(table, spelling, fate, to, sentence) { Joint = true };

    private static OldKey Timeout(string spelling, Fate fate, string to, string sentence) =>
        new("timeouts", spelling, fate, to, sentence) { Convert = OldValues.Timeout, Exact = true };
}
