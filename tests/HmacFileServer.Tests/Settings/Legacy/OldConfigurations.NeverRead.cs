namespace HmacFileServer.Tests.Settings.Legacy;

/// <summary>What was written everywhere and meant nothing.</summary>
internal static partial class OldConfigurations
{
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
}
