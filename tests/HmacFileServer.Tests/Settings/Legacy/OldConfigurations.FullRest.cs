namespace HmacFileServer.Tests.Settings.Legacy;

/// <summary>The second half of the full file.</summary>
internal static partial class OldConfigurations
{
    private const string FullRest =
        """
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
}
