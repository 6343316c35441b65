namespace HmacFileServer.Settings.Legacy.Keys;

/// <summary>
/// The keys of hmac-file-server that do nothing here, each with its reason. Those marked as never read stood in its
/// templates, its installer or its README, and did nothing there either.
/// </summary>
internal static class ObsoleteKeys
{
    private const string NeverRead = "hmac-file-server never read it";
    private const string ByItself = "the server sees to it by itself";
    private const string NoScan = "uploads are not scanned here (there, only files over 1 GB were, after the answer)";
    private const string Ledger = "the ledger below storage_path keeps who stored what";
    private const string Phones =
        "an upload that broke off may be sent again; addresses may change, nothing is tied to them";

    public static readonly OldKey[] All =
    [
        .. Of("server", ByItself,
            "pre_cache pre_cache_workers pre_cache_interval precaching autoadjustworkers networkevents"
            + " enable_dynamic_workers worker_scale_up_thresh worker_scale_down_thresh clean_upon_exit"),
        .. Of("server", "systemd knows the process; no pid file is written", "pid_file pidfilepath"),
        .. Of("server", "metrics are always at /metrics", "metrics_path"),
        .. Of("server", "each upload is a file of its own; the old hard links stay readable", "deduplication_enabled"),
        .. Of("server", "not the key that deleted files; to delete by age, set [retention] max_age", "max_file_age"),
        .. Of("security", "a token counts until its own expiry, and is HS256", "jwtalgorithm jwtexpiration"),
        .. Of("security", Phones, "enhanced_security challenge_on_network_change reauth_on_long_standby"
            + " standby_threshold_minutes long_standby_threshold_hours"),
        .. Of("security", $"{NeverRead}; there is no grace after expiry here either",
            "token_grace_period mobile_grace_period"
            + " ultra_max_grace jwt_enabled hmac_enabled"),
        .. Of("uploads", "an upload is one PUT (XEP-0363)",
            "chunked_uploads_enabled chunk_size resumable_uploads_enabled"
            + " sessiontimeout maxretries"),
        .. Of("uploads", $"{NeverRead}; the limit is server.max_upload_size", "max_file_size"),
        .. Of("uploads", NeverRead,
            "networkevents max_resumable_age upload_slot_ttl client_reconnect_window session_timeout"
            + " session_storage_path session_cleanup_interval session_persistence session_recovery_timeout"),
        .. Of("downloads", "what is stored may be read, in ranges too",
            "allowed_extensions chunked_downloads_enabled chunk_size"
            + " resumable_downloads_enabled"),
        .. Of("logging", "max_files limits them by number", "max_age compress"),
        .. Of("deduplication", "each upload is a file of its own; the old hard links stay readable",
            "enabled directory maxsize"),
        .. Of("clamav", NoScan,
            "clamavenabled clamavsocket numscanworkers scanfileextensions maxscansize enabled timeout"),
        .. Of("redis", "nothing is kept in Redis",
            "redisenabled redisdbindex redisaddr redispassword redishealthcheckinterval"
            + " enabled address host port database password db"),
        .. Of("workers", ByItself, "numworkers uploadqueuesize autoscaling num_workers"),
        .. Of("versioning", "a file is never overwritten, so there are no versions",
            "enableversioning backend maxversions"),
        .. Of("iso", "files are not put into containers", "enabled mountpoint size charset containerfile"),
        .. Of("build", ByItself, "version"),
        .. Of("audit", "the log tells of each upload and refusal; for a file of them, set logging.audit_file",
            "enabled output path format events max_size max_age"),
        .. Of("validation", "contents are not inspected; see uploads.blocked_extensions and uploads.check_content_type",
            "check_magic_bytes allowed_types blocked_types max_file_size strict_mode"),
        .. Of("quotas", Ledger, "tracking"),
        .. Of("admin", "files are managed on the command line: see hmac-file-server files",
            "enabled bind path_prefix auth"),
        .. Of("rate_limit", "uploads need a signature; what one client may ask for is in [limits] here",
            "enabled requests_per_minute burst_size"
            + " cleanup_interval by_jid by_ip whitelisted_ips whitelisted_jids"),
        .. Of("key_rotation", "change the secret by hand, and keep the old one in security.previous_secrets",
            "enabled rotation_interval grace_period key_storage"),
        .. Of("metadata", Ledger, "enabled db_path purge_age"),
        .. Of("compression", "stored files are sent as they are; what is worth compressing is compressed",
            "enabled algorithm level threshold adaptive_compression compression_negotiation"),
        .. Of("network_resilience", Phones,
            "fast_detection quality_monitoring predictive_switching mobile_optimizations"
            + " detection_interval quality_check_interval max_detection_interval "
            + "multi_interface_enabled interface_priority auto_switch_enabled switch_threshold_latency "
            + "switch_threshold_packet_loss quality_degradation_threshold max_switch_attempts "
            + "switch_detection_interval"),
        .. Of("client_network_support", Phones, "session_based_tracking allow_ip_changes session_migration_timeout"
            + " max_ip_changes_per_session client_connection_detection adapt_to_client_network"),
        .. Of("session_store", "nothing is kept of a client between requests", "enabled redis_url"),
        .. Of("tls", $"{NeverRead}; TLS is server.tls_certificate and tls_key here", "enabled cert_file key_file"),
        .. Of("timeouts", NeverRead, "shutdown_timeout"),
        .. Of("storage", $"{NeverRead}; the folder is server.storage_path", "*"),
        .. Of("metrics", NeverRead, "*"),
        .. Of("network_resilience", NeverRead, "*"),
        .. Of("client_network", NeverRead, "*"),
        .. Of("client_network_support", NeverRead, "*"),
        .. Of("sessionstore", NeverRead, "*"),
        .. Of("session_store", NeverRead, "*"),
        .. Of("uploads", NeverRead, "session_*"),
        .. Of("file", "the table was always empty", "*"),
        .. Of("auth", NeverRead, "*"),
        .. "performance streaming handoff network_interfaces client_optimization monitoring experimental ejabberd"
            .Split(' ')
            .SelectMany(table => Of(table, NeverRead, "*")),
    ];

    private static IEnumerable<OldKey> Of(string table, string reason, string spellings) =>
        spellings.Split(' ').Select(spelling => new OldKey(table, spelling, Fate.Obsolete, null, reason));
}
