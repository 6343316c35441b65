using HmacFileServer.Settings;
using HmacFileServer.Settings.Legacy;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Tests.Settings.Legacy;

/// <summary>The traps in old files: what they said and the old server never read, or read otherwise.</summary>
public sealed class OldFileTrapTests : LoadedOldFiles
{
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
}
