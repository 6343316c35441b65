using HmacFileServer.Settings.Legacy;
using HmacFileServer.Settings.Legacy.Keys;
using HmacFileServer.Settings.Sources;

namespace HmacFileServer.Tests.Settings.Legacy;

/// <summary>The table: what becomes of each key that an old server read, or that its files hold.</summary>
public sealed class OldKeyTests
{
    private const string Used =
        """
        server: storage_path max_upload_size min_free_bytes
        security: secret
        timeouts: idletimeout shutdown
        logging: level file
        quotas: custom
        """;

    private const string Changed =
        """
        server: listen_address bind_ip unixsocket force_protocol filettlenabled cleanup_interval global_extensions
        server: file_naming metricsenabled metricsport max_header_bytes
        security: enablejwt
        timeouts: readtimeout writetimeout
        logging: max_size max_backups
        quotas: enabled default
        """;

    private const string Obsolete =
        """
        server: metrics_path pid_file pidfilepath filettl max_file_age clean_upon_exit
        server: deduplication_enabled pre_cache pre_cache_workers pre_cache_interval precaching autoadjustworkers
        server: networkevents enable_dynamic_workers worker_scale_up_thresh worker_scale_down_thresh
        security: jwtsecret jwtalgorithm jwtexpiration enhanced_security challenge_on_network_change
        security: reauth_on_long_standby standby_threshold_minutes long_standby_threshold_hours
        uploads: allowed_extensions chunked_uploads_enabled chunk_size resumable_uploads_enabled sessiontimeout
        uploads: maxretries
        downloads: allowed_extensions chunked_downloads_enabled chunk_size resumable_downloads_enabled
        logging: max_age compress
        deduplication: enabled directory maxsize
        clamav: clamavenabled clamavsocket numscanworkers scanfileextensions maxscansize
        redis: redisenabled redisdbindex redisaddr redispassword redishealthcheckinterval
        workers: numworkers uploadqueuesize
        versioning: enableversioning backend maxversions
        iso: enabled mountpoint size charset containerfile
        build: version
        audit: enabled output path format events max_size max_age
        validation: check_magic_bytes allowed_types blocked_types max_file_size strict_mode
        quotas: tracking
        admin: enabled bind path_prefix auth
        rate_limit: enabled requests_per_minute burst_size cleanup_interval by_jid by_ip whitelisted_ips
        rate_limit: whitelisted_jids
        key_rotation: enabled rotation_interval grace_period key_storage
        metadata: enabled db_path purge_age
        compression: enabled algorithm level threshold adaptive_compression compression_negotiation
        network_resilience: fast_detection quality_monitoring predictive_switching mobile_optimizations
        network_resilience: detection_interval quality_check_interval max_detection_interval multi_interface_enabled
        network_resilience: interface_priority auto_switch_enabled switch_threshold_latency
        network_resilience: switch_threshold_packet_loss quality_degradation_threshold max_switch_attempts
        network_resilience: switch_detection_interval
        client_network_support: session_based_tracking allow_ip_changes session_migration_timeout
        client_network_support: max_ip_changes_per_session client_connection_detection adapt_to_client_network
        session_store: enabled redis_url
        """;

    /// <summary>What stands in templates, examples and the README, and was read by nobody.</summary>
    private const string NeverRead =
        """
        server: metrics_enabled metrics_port filettl filettl_enabled file_ttl file_ttl_enabled
        uploads: allowedextensions maxfilesize chunkeduploadsenabled chunksize resumableuploadsenabled networkevents
        uploads: max_resumable_age session_persistence session_backup upload_slot_ttl client_reconnect_window
        security: jwt_enabled hmac_enabled token_grace_period mobile_grace_period ultra_max_grace
        tls: enabled cert_file key_file
        clamav: enabled timeout
        redis: enabled address host port database db password
        workers: autoscaling num_workers
        timeouts: read_timeout write_timeout idle_timeout shutdown_timeout
        network_resilience: enabled upload_resilience rtt_warning_threshold packet_loss_warning upload_chunk_timeout
        client_network: session_based_tracking
        sessionstore: backend
        performance: max_memory
        streaming: buffer
        handoff: enabled
        network_interfaces: primary
        client_optimization: enabled strategy_mobile
        monitoring: enabled
        experimental: http3
        ejabberd: host
        storage: path
        auth: method
        """;

    private static readonly Dictionary<string, Fate> FullFates = Fates(OldConfigurations.Full);
    private static readonly Dictionary<string, Fate> NeverReadFates = Fates(OldConfigurations.NeverRead);

    public static TheoryData<string, string> Keys
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var (keys, fate) in new[]
            {
                (Used, Fate.Used),
                (Changed, Fate.Changed),
                (Obsolete, Fate.Obsolete),
            })
            {
                foreach (var key in Rows(keys))
                {
                    rows.Add(key, fate.ToString());
                }
            }

            return rows;
        }
    }

    public static TheoryData<string> KeysNobodyRead => [.. Rows(NeverRead)];

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_that_the_old_server_read(string key, string fate) => FullFates[key].ToString().Should().Be(fate);

    [Theory]
    [MemberData(nameof(KeysNobodyRead))]
    public void A_key_that_nobody_read_has_no_effect(string key) => NeverReadFates[key].Should().Be(Fate.Obsolete);

    [Fact]
    public void The_table_has_every_key_of_the_files()
    {
        Rows(Used).Concat(Rows(Changed)).Concat(Rows(Obsolete)).Should().BeEquivalentTo(FullFates.Keys);
        Rows(NeverRead).Should().BeEquivalentTo(NeverReadFates.Keys.Except(
        [
            "server.listen_address", "server.storage_path", "server.max_upload_size", "server.filenaming",
            "security.secret",
        ]));
    }

    [Fact]
    public void Every_key_has_one_note_and_every_obsolete_key_its_reason()
    {
        foreach (var toml in new[] { OldConfigurations.Full, OldConfigurations.NeverRead, OldConfigurations.Version2 })
        {
            var old = Read(toml);

            old.Notes.Select(note => note.Key).Should().OnlyHaveUniqueItems();
            old.Notes.Should().HaveCount(TomlEntries(toml));
            old.Notes.Where(note => note.Fate == Fate.Obsolete).Should().OnlyContain(note => note.Sentence.Length > 0);
        }
    }

    [Fact]
    public void The_keys_of_prosody_filer_stand_at_the_top()
    {
        var old = Read(OldConfigurations.ProsodyFiler);

        old.Program.Should().Be("prosody-filer");
        old.Notes.ToDictionary(note => note.Key, note => note.Fate).Should().Equal(new Dictionary<string, Fate>
        {
            ["listenPort"] = Fate.Used,
            ["secret"] = Fate.Used,
            ["storeDir"] = Fate.Used,
            ["uploadSubDir"] = Fate.Changed,
            ["logLevel"] = Fate.Used,
        });
    }

    [Theory]
    [InlineData("[server]\nlisten_address = '8080'\n[security]\nsecret = 'x'")]
    [InlineData("[server]\nbase_pth = '/'\n[metrics]\nlisten = '1'")]
    [InlineData("[retention]\nmax_age = '1d'")]
    public void A_file_without_a_telling_key_is_ours(string toml) => Parse(toml).Should().BeNull();

    private static OldFile Read(string toml) => Parse(toml) ?? throw new InvalidOperationException("not recognised");

    private static OldFile? Parse(string toml) =>
        OldFile.Read(TomlConfiguration.Parse(System.Text.Encoding.UTF8.GetBytes(toml)));

    private static Dictionary<string, Fate> Fates(string toml) =>
        Read(toml).Notes.ToDictionary(note => note.Key, note => note.Fate);

    private static int TomlEntries(string toml) =>
        TomlConfiguration.Parse(System.Text.Encoding.UTF8.GetBytes(toml)).Entries
            .Sum(entry => entry.Value is HmacFileServer.Settings.Toml.TomlTable table ? table.Entries.Count : 1);

    private static IEnumerable<string> Rows(string table) =>
        from line in table.Split('\n')
        let parts = line.Split(':', StringSplitOptions.TrimEntries)
        from key in parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)
        select $"{parts[0]}.{key}";
}
