namespace HmacFileServer.Tests.Settings.Legacy;

/// <summary>
/// Configurations as the old servers' templates, installer and README have them: their keys and spellings, our values.
/// </summary>
internal static class OldConfigurations
{
    public const string Secret = "a secret brought from the old server";

    /// <summary>3.x in full, every table, in the spelling of the struct tags.</summary>
    public const string Full =
        """
        # Everything 🚀
        [server]
        listen_address = "8080"
        bind_ip = "127.0.0.1"
        storage_path = "/srv/old/uploads"
        max_upload_size = "10GB"      # with a comment
        min_free_bytes = "1GB"
        file_naming = "original"
        force_protocol = "auto"
        unixsocket = false
        metricsenabled = true
        metricsport = "9090"
        metrics_path = "/metrics"
        pid_file = "/run/old.pid"
        pidfilepath = "/srv/old/uploads/old.pid"
        filettl = "30d"
        filettlenabled = false
        max_file_age = "60d"
        cleanup_interval = "24h"
        clean_upon_exit = true
        deduplication_enabled = true
        global_extensions = [".txt", ".JPG",
          ".opus", # with a comma at the end
        ]
        max_header_bytes = 1048576
        pre_cache = true
        pre_cache_workers = 4
        pre_cache_interval = "1h"
        precaching = false
        autoadjustworkers = true
        networkevents = true
        enable_dynamic_workers = true
        worker_scale_up_thresh = 50
        worker_scale_down_thresh = 10

        [security]
        secret = "a secret brought from the old server"
        enablejwt = false
        jwtsecret = "your-jwt-secret-nobody-changed"
        jwtalgorithm = "HS256"
        jwtexpiration = "24h"
        enhanced_security = true
        challenge_on_network_change = true
        reauth_on_long_standby = true
        standby_threshold_minutes = 30
        long_standby_threshold_hours = 24

        [uploads]
        allowed_extensions = [".zip"]
        chunked_uploads_enabled = true
        chunk_size = "10MB"
        resumable_uploads_enabled = true
        sessiontimeout = "60m"
        maxretries = 3

        [downloads]
        allowed_extensions = [".txt"]
        chunked_downloads_enabled = true
        chunk_size = "8192"
        resumable_downloads_enabled = true

        [logging]
        level = "info"
        file = "/var/log/hmac-file-server/old.log"
        max_size = 100
        max_backups = 7
        max_age = 30
        compress = true

        [timeouts]
        readtimeout = "4800s"
        writetimeout = "4800s"
        idletimeout = "4800s"
        shutdown = "30s"

        [deduplication]
        enabled = true
        directory = "/srv/old/uploads/dedup"
        maxsize = "500MB"

        [clamav]
        clamavenabled = false
        clamavsocket = "/var/run/clamav/clamd.ctl"
        numscanworkers = 2
        scanfileextensions = [".exe"]
        maxscansize = "200MB"

        [redis]
        redisenabled = true
        redisdbindex = 0
        redisaddr = "localhost:6379"
        redispassword = ""
        redishealthcheckinterval = "120s"

        [workers]
        numworkers = 4
        uploadqueuesize = 50

        [versioning]
        enableversioning = false
        backend = "simple"
        maxversions = 1

        [iso]
        enabled = false
        mountpoint = "/mnt/iso"
        size = "1GB"
        charset = "utf-8"
        containerfile = "/mnt/iso/container.iso"

        [file]

        [build]
        version = "3.4"

        [audit]
        enabled = true
        output = "file"
        path = "/var/log/audit.log"
        format = "json"
        events = ["upload"]
        max_size = 100
        max_age = 30

        [validation]
        check_magic_bytes = true
        allowed_types = ["image/*"]
        blocked_types = ["application/x-executable"]
        max_file_size = "1MB"
        strict_mode = true

        [quotas]
        enabled = true
        default = "1GB"
        tracking = "redis"
        custom = { "admin@example.com" = "10GB" }

        [admin]
        enabled = true
        bind = "127.0.0.1:8081"
        path_prefix = "/admin"
        [admin.auth]
        type = "bearer"
        token = "${NOBODY_SET_THIS}"

        [rate_limit]
        enabled = true
        requests_per_minute = 60
        burst_size = 10
        cleanup_interval = "5m"
        by_jid = true
        by_ip = true
        whitelisted_ips = ["127.0.0.1"]
        whitelisted_jids = []

        [key_rotation]
        enabled = false
        rotation_interval = "30d"
        grace_period = "48h"
        key_storage = "/srv/old/keys"

        [metadata]
        enabled = true
        db_path = "/srv/old/uploads/files.db"
        purge_age = "30d"

        [compression]
        enabled = true
        algorithm = "gzip"
        level = 6
        threshold = "1KB"
        adaptive_compression = true
        compression_negotiation = true

        [network_resilience]
        fast_detection = true
        quality_monitoring = true
        predictive_switching = true
        mobile_optimizations = true
        detection_interval = "1s"
        quality_check_interval = "2s"
        max_detection_interval = "10s"
        multi_interface_enabled = false
        interface_priority = ["eth0", "wlan0"]
        auto_switch_enabled = true
        switch_threshold_latency = "500ms"
        switch_threshold_packet_loss = 5.0
        quality_degradation_threshold = 0.5
        max_switch_attempts = 3
        switch_detection_interval = "2s"

        [client_network_support]
        session_based_tracking = true
        allow_ip_changes = true
        session_migration_timeout = "5m"
        max_ip_changes_per_session = 10
        client_connection_detection = true
        adapt_to_client_network = true

        [session_store]
        enabled = true
        redis_url = ""
        """;

    /// <summary>What templates, the installer and examples write, and no version of 3.x reads.</summary>
    public const string NeverRead =
        """
        [server]
        listen_address = ":8080"
        storage_path = "/srv/old/uploads"
        metrics_enabled = true
        metrics_port = 9090
        max_upload_size = "10GB"
        filettl = "168h"
        filettl_enabled = true
        file_ttl = "30d"
        file_ttl_enabled = true
        filenaming = "original"
        [uploads]
        allowedextensions = [".txt", ".pdf"]
        maxfilesize = "100MB"
        chunkeduploadsenabled = true
        chunksize = "32MB"
        resumableuploadsenabled = true
        networkevents = true
        max_resumable_age = "48h"
        session_persistence = true
        session_backup = true
        upload_slot_ttl = "3600s"
        client_reconnect_window = "120s"
        [security]
        secret = "a secret brought from the old server"
        jwt_enabled = false
        hmac_enabled = true
        token_grace_period = "300s"
        mobile_grace_period = "600s"
        ultra_max_grace = "4h"
        [tls]
        enabled = false
        cert_file = ""
        key_file = ""
        [clamav]
        enabled = false
        timeout = "30s"
        [redis]
        enabled = false
        address = "localhost:6379"
        host = "localhost"
        port = 6379
        database = 0
        db = 0
        password = ""
        [workers]
        autoscaling = true
        num_workers = 10
        [timeouts]
        read_timeout = "30s"
        write_timeout = "30s"
        idle_timeout = "30s"
        shutdown_timeout = "10s"
        [network_resilience]
        enabled = true
        upload_resilience = true
        rtt_warning_threshold = "200ms"
        packet_loss_warning = 2.0
        upload_chunk_timeout = "60s"
        [client_network]
        session_based_tracking = true
        [sessionstore]
        backend = "memory"
        [performance]
        max_memory = "1GB"
        [streaming]
        buffer = 65536
        [handoff]
        enabled = true
        [network_interfaces]
        primary = "eth0"
        [client_optimization]
        enabled = true
        [client_optimization.strategy_mobile]
        thresholds = [{ name = "good", rtt = "50ms" }, { name = "poor", rtt = "500ms" }]
        [monitoring]
        enabled = true
        [experimental]
        http3 = false
        [ejabberd]
        host = "localhost"
        [storage]
        path = "/elsewhere"
        [auth]
        method = "hmac"
        """;

    /// <summary>2.x, and the README's first steps.</summary>
    public const string Version2 =
        """
        [server]
        listenport = "8080"
        unixsocket = false
        storagepath = "/srv/old/uploads"
        logfile = "/var/log/old.log"
        minfreebytes = "500GB"
        deduplicationenabled = true
        filenaming = "HMAC"
        forceprotocol = "ipv4"
        cleanuponexit = true
        globalextensions = ["*"]
        [security]
        secret = "a secret brought from the old server"
        """;

    /// <summary>The network-resilient example beside the ejabberd module: a schema of its own.</summary>
    public const string EjabberdModule =
        """
        [server]
        port = 8080
        upload_path = "/srv/old/uploads"
        [auth]
        shared_secret = "a secret brought from the old server"
        """;

    public const string ProsodyFiler =
        """
        ### prosody-filer
        listenPort      = "[::]:5050"
        secret          = "a secret brought from the old server"
        storeDir        = "/srv/old/uploads"
        uploadSubDir    = "upload/"
        logLevel        = "warn"
        """;
}
