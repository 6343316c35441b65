namespace HmacFileServer.Tests.Settings.Legacy;

/// <summary>The first half of the full file.</summary>
internal static partial class OldConfigurations
{
    private const string FullFirst =
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
        """;
}
