using System.Collections;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Legacy;
using HmacFileServer.Settings.Legacy.Keys;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;
using HmacFileServer.Tests.Support;
using Microsoft.Extensions.Logging;

namespace HmacFileServer.Tests.Settings.Legacy;

/// <summary>Old files loaded as a start loads them, and the traps in them.</summary>
public sealed class OldFileTests : IDisposable
{
    private const string Head = "[server]\nbind_ip = ''\nstorage_path = '/srv/old'\n";
    private const string Tail = $"\n[security]\nsecret = '{OldConfigurations.Secret}'\n";

    private readonly TempFolder folder = new();

    [Theory]
    [InlineData(OldConfigurations.Full)]
    [InlineData(OldConfigurations.NeverRead)]
    [InlineData(OldConfigurations.Version2)]
    [InlineData(OldConfigurations.EjabberdModule)]
    [InlineData(OldConfigurations.ProsodyFiler)]
    public void Every_old_file_loads_and_a_file_of_our_own_made_of_it_means_the_same(string toml)
    {
        var settings = Load(toml, out var old);

        settings.Server.StoragePath.Should().Be("/srv/old/uploads");
        settings.Security.Secrets.Should().Equal(new Secret(OldConfigurations.Secret));
        Load(OwnFile.Write(old!, "old.toml"), out var again)
            .Should().BeEquivalentTo(settings, options => options.RespectingRuntimeTypes());
        again.Should().BeNull("what we write is ours");
    }

    [Theory]
    [InlineData(OldConfigurations.Full)]
    [InlineData(OldConfigurations.NeverRead)]
    [InlineData(OldConfigurations.Version2)]
    [InlineData(OldConfigurations.EjabberdModule)]
    [InlineData(OldConfigurations.ProsodyFiler)]
    [InlineData(
        $"{Head}filettl = 'soon'\nfilettlenabled = true\nmax_header_bytes = 0{Tail}[logging]\nlevel = 'loud'\n")]
    public void A_file_of_our_own_names_every_key_that_changed_or_went(string toml)
    {
        Load(toml, out var old);

        var made = OwnFile.Write(old!, "old.toml");

        old!.Notes.Where(note => note.Fate != Fate.Used).Should().OnlyContain(note => made.Contains(note.Key));
    }

    [Fact]
    public void What_check_shows_is_in_force_and_not_what_stands_in_the_old_file()
    {
        Load($"{Head}[uploads]\nallowedextensions = ['.txt']\n[timeouts]\nread_timeout = '5s'{Tail}", out _);

        var written = SettingsLoader.Written(folder.File("config.toml"), new Hashtable());

        written.Select(setting => setting.Key).Should().BeEquivalentTo(
            "server.listen_address", "server.storage_path", "server.max_upload_size", "security.secret",
            "downloads.also_below");
        written.Single(setting => setting.Key == "server.listen_address").Origin.Should().EndWith("config.toml:2");
    }

    [Fact]
    public void The_full_file_keeps_its_meaning()
    {
        var settings = Load(OldConfigurations.Full, out _);

        settings.Server.ListenAddress.Select(address => address.ToString()).Should().Equal("127.0.0.1:8080");
        settings.Server.MaxUploadSize.Bytes.Should().Be(10L << 30);
        settings.Server.MinFreeBytes.Bytes.Should().Be(1 << 30);
        settings.Uploads.AllowedExtensions.Should().Equal("txt", "jpg", "opus");
        settings.Timeouts.ReadTimeout.Should().Be(Duration.Seconds(4800));
        settings.Timeouts.IdleTimeout.Should().Be(Duration.Seconds(4800));
        settings.Logging.File.Should().Be(folder.File("old.log"));
        settings.Logging.MaxSize.Bytes.Should().Be(100 << 20);
        settings.Quotas.PerOwner.Bytes.Should().Be(1 << 30);
        settings.Quotas.Of("admin@example.com").Bytes.Should().Be(10L << 30);
        settings.Security.JwtSecrets.Should().Equal(settings.Security.Secrets);
        settings.Downloads.AlsoBelow.Should().Equal("/download/");
        settings.Downloads.Hidden.Should().BeEquivalentTo("files.db", "dedup", "old.pid");
    }

    [Fact]
    public void The_file_of_prosody_filer_keeps_its_meaning()
    {
        var settings = Load(OldConfigurations.ProsodyFiler, out _);

        settings.Server.ListenAddress.Single().ToString().Should().Be("[::]:5050");
        settings.Server.BasePath.Should().Be("/upload/");
        settings.Server.MaxUploadSize.Bytes.Should().BeGreaterThan(1L << 50, "it had no limit");
        settings.Logging.Level.Should().Be(LogLevel.Warning);
    }

    [Theory]
    [InlineData("listen_address = '8080'\nbind_ip = ''", "*:8080")]
    [InlineData("listen_address = ':8080'\nbind_ip = '10.0.0.1'", "10.0.0.1:8080")]
    [InlineData("listen_address = '0.0.0.0:8080'\nbind_ip = '10.0.0.1'", "0.0.0.0:8080")]
    [InlineData("listen_address = '[::1]:8080'\nbind_ip = ''", "[::1]:8080")]
    [InlineData("listen_address = '8080'\nbind_ip = 'fd00::1'", "[fd00::1]:8080")]
    [InlineData("listen_address = '8080'\nforce_protocol = 'ipv4'", "0.0.0.0:8080")]
    [InlineData("listenport = 8080\nforceprotocol = 'ipv6'", "[::]:8080")]
    [InlineData("listen_address = '/run/old.sock'\nunixsocket = true", "unix:/run/old.sock")]
    [InlineData("bind_ip = '10.0.0.1'", "10.0.0.1:8080")]
    [InlineData("unixsocket = false", "*:8080")]
    public void Port_address_and_socket_are_one_address(string server, string expected) =>
        Load($"[server]\n{server}{Tail}", out _).Server.ListenAddress.Single().ToString().Should().Be(expected);

    [Theory]
    [InlineData("metricsenabled = true\nmetricsport = '9090'", "*:9090")]
    [InlineData("metricsenabled = true\nmetricsport = 9090", "*:9090")]
    [InlineData("metricsenabled = true\nmetricsport = ':9090'", "*:9090")]
    [InlineData("metricsenabled = true", "127.0.0.1:9464")]
    [InlineData("metricsenabled = false\nmetricsport = '9090'", null)]
    [InlineData("metricsport = '9090'", "127.0.0.1:9464")]
    [InlineData("metrics_enabled = true\nmetrics_port = '9090'", "127.0.0.1:9464")]
    [InlineData("metricsenabled = true\nmetricsport = '9090'\n[metrics]\nlisten_address = '[::1]:1'", "[::1]:1")]
    public void Metrics_are_at_the_port_where_they_were(string server, string? expected) =>
        Load($"{Head}{server}{Tail}", out _).Metrics.ListenAddress?.ToString().Should().Be(expected);

    [Theory]
    [InlineData("filettl = '168h'\nfilettl_enabled = true")]
    [InlineData("filettl = '168h'\nfilettlenabled = false")]
    [InlineData("filettl = '168h'")]
    [InlineData("file_ttl = '168h'\nfile_ttl_enabled = true")]
    [InlineData("file_ttl = '168h'\nfilettlenabled = true")]
    [InlineData("filettlenabled = true\nmax_file_age = '1h'")]
    [InlineData("filettl = 'soon'\nfilettlenabled = true")]
    public void What_never_deleted_does_not_delete_now(string server) =>
        Load($"{Head}{server}{Tail}", out _).Retention.HasRules.Should().BeFalse();

    [Fact]
    public void What_deleted_only_tells_until_it_is_confirmed()
    {
        const string Deleting = $"{Head}filettl = '30d'\nfilettlenabled = true\ncleanup_interval = '24h'{Tail}";

        var waiting = Load(Deleting, out var old).Retention;
        var confirmed = Load(Deleting + "[retention]\nconfirmed = true\n", out _).Retention;

        waiting.MaxAge.Should().Be(Duration.Seconds(30 * 86400));
        waiting.CleanupInterval.Should().Be(Duration.Seconds(86400));
        waiting.CleanupDryRun.Should().BeTrue();
        OldFileReport.Lines(old!).Should().Contain(line => line.Contains("confirmed = true", StringComparison.Ordinal));
        confirmed.MaxAge.Should().Be(waiting.MaxAge);
        confirmed.CleanupDryRun.Should().BeFalse();
    }

    [Theory]
    [InlineData("1h30m", 3600)] // the first letter ended it
    [InlineData("500ms", 30000)]
    [InlineData("2w", 14 * 86400)]
    [InlineData("1y", 365 * 86400)]
    public void A_time_to_live_is_one_number_and_one_letter(string text, double seconds) =>
        Load($"{Head}filettl = '{text}'\nfilettlenabled = true{Tail}", out _).Retention.MaxAge
            .Should().Be(Duration.Seconds(seconds));

    [Fact]
    public void A_size_limit_that_was_not_read_limits_nothing()
    {
        Load($"{Head}[uploads]\nmaxfilesize = '100MB'{Tail}", out _).Server.MaxUploadSize.Bytes
            .Should().BeGreaterThan(1L << 50);
        Load($"{Head}max_upload_size = '10GB'\nmaxuploadsize = '1MB'{Tail}", out _).Server.MaxUploadSize.Bytes
            .Should().Be(10L << 30);
        Load($"{Head}maxuploadsize = '1MB'\nmax_upload_size = '10GB'{Tail}", out _).Server.MaxUploadSize.Bytes
            .Should().Be(10L << 30);
    }

    [Fact]
    public void Extensions_that_were_not_read_refuse_nothing()
    {
        Load($"{Head}[uploads]\nallowedextensions = ['.txt']{Tail}", out _).Uploads.AllowedExtensions
            .Should().BeEmpty();
        Load($"{Head}globalextensions = ['.txt']{Tail}", out _).Uploads.AllowedExtensions.Should().BeEmpty();
        Load($"{Head}[uploads]\nallowed_extensions = ['.txt', '.tar.gz']{Tail}", out _).Uploads.AllowedExtensions
            .Should().Equal("txt");
        Load($"{Head}[uploads]\nallowed_extensions = ['*', '.txt']{Tail}", out _).Uploads.AllowedExtensions
            .Should().BeEmpty();
    }

    [Fact]
    public void Free_space_that_was_not_asked_for_refuses_nothing() =>
        Load(OldConfigurations.Version2, out _).Server.MinFreeBytes.Bytes.Should().Be(100 << 20);

    [Fact]
    public void Timeouts_that_were_not_read_cut_nobody_off()
    {
        var ours = new TimeoutSettings();

        Load(OldConfigurations.NeverRead, out _).Timeouts.Should().Be(ours);
        Load($"{Head}[timeouts]\nreadtimeout = '30s'\nread_timeout = '5s'\nwritetimeout = '0s'{Tail}", out _).Timeouts
            .Should().Be(ours with { ReadTimeout = Duration.Seconds(30) }, "and 30 s is how long a silence may last");
    }

    [Fact]
    public void A_quota_that_was_off_stays_off() =>
        Load($"{Head}[quotas]\nenabled = false\ndefault = '1MB'{Tail}", out _).Quotas.PerOwner.Bytes.Should().Be(0);

    [Fact]
    public void A_token_secret_counts_where_tokens_were_on() =>
        Load($"{Head}{Tail}enablejwt = true\njwtsecret = 'the secret of the old tokens'\n", out _).Security.JwtSecrets
            .Should().Equal(new Secret("the secret of the old tokens"));

    [Fact]
    public void An_unknown_key_is_a_warning_with_the_nearest_in_an_old_file_and_a_mistake_in_one_of_ours()
    {
        Load($"{Head}filetl = '1d'{Tail}", out var old);
        var mixed = () => Load($"{Head}base_path = '/up/'\nfiletl = '1d'{Tail}", out _);

        old!.Notes.Should().ContainSingle(note => note.Fate == Fate.Unknown)
            .Which.Sentence.Should().Be("unknown key, did you mean filettl?");
        mixed.Should().Throw<SettingsException>().Which.Problems.Should().ContainSingle()
            .Which.Key.Should().Be("server.filetl");
    }

    [Fact]
    public void A_file_with_keys_of_ours_has_our_defaults()
    {
        var settings = Load($"{Head}base_path = '/up/'{Tail}", out var old);

        old.Should().NotBeNull();
        settings.Server.BasePath.Should().Be("/up/");
        settings.Server.MaxUploadSize.Should().Be(new HostSettings().MaxUploadSize);
    }

    [Fact]
    public void A_variable_stands_for_its_value_and_must_be_set()
    {
        const string Toml = "[security]\nsecret = 'it is ${PART}, and $${PART}'\n";

        var load = () => Load(Toml, out _);

        Load(Toml, out _, new Hashtable { ["PART"] = "hidden" }).Security.Secrets
            .Should().Equal(new Secret("it is hidden, and ${PART}"));
        load.Should().Throw<SettingsException>().Which.Problems.Should().ContainSingle()
            .Which.ToString().Should().EndWith("config.toml:2  the environment has no variable PART");
    }

    [Fact]
    public void A_mistake_is_reported_where_it_stands_in_the_old_file()
    {
        var load = () => Load($"{Head}max_upload_size = 'much'{Tail}", out _);

        load.Should().Throw<SettingsException>().Which.Problems.Should().ContainSingle()
            .Which.ToString().Should().Contain("config.toml:4  server.max_upload_size");
    }

    public void Dispose() => folder.Dispose();

    private ServerSettings Load(string toml, out OldFile? old, IDictionary? environment = null)
    {
        var file = folder.File("config.toml");
        File.WriteAllText(file, toml // a log file that can't be written is a mistake, and only root may write there
            .Replace("/var/log/hmac-file-server", folder.Path, StringComparison.Ordinal)
            .Replace("/var/log", folder.Path, StringComparison.Ordinal));
        return SettingsLoader.Load(file, environment ?? new Hashtable(), out old);
    }
}
