using System.Collections;
using System.Diagnostics;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Systemd;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HmacFileServer.Tests.Settings;

public sealed class LiveSettingsTests : IDisposable
{
    private const string Good = "[security]\nsecret = 'a secret of the tests, long enough'\n";

    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(250);

    private readonly TempFolder folder = new();
    private readonly CapturedLog log = new();

    [Fact]
    public void A_good_file_comes_into_force()
    {
        var live = Start(Good);
        Write(Good + "[server]\nmax_upload_size = '1MB'\n");

        live.Reload().Should().BeTrue();

        live.Current.Server.MaxUploadSize.Bytes.Should().Be(1 << 20);
    }

    [Fact]
    public void A_bad_file_changes_nothing_and_every_problem_is_logged()
    {
        var live = Start(Good);
        var before = live.Current;
        Write("[server]\nmax_upload_size = 'x'\nbogus = 1\n");

        live.Reload().Should().BeFalse();

        live.Current.Should().BeSameAs(before);
        log.Of(501).Should().HaveCount(3);
    }

    [Fact]
    public void What_waits_for_a_restart_is_named()
    {
        var live = Start(Good);
        Write(Good + "[server]\nlisten_address = '8081'\nmax_upload_size = '1MB'\n[logging]\nlevel = 'debug'\n");

        live.Reload();

        log.Of(502).Should().HaveCount(2)
            .And.Contain(line => line.StartsWith("server.listen_address", StringComparison.Ordinal))
            .And.Contain(line => line.StartsWith("logging", StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_new_settings_make_risky_is_told()
    {
        var live = Start(Good);
        Write("[security]\nsecret = 'twelve bytes'\n[server]\nfsync = false\nlisten_address = '8080'\n");

        live.Reload();

        log.Of(503).Should().HaveCount(3)
            .And.Contain(line => line.StartsWith("The secret has fewer than 16 bytes", StringComparison.Ordinal))
            .And.Contain(line => line.StartsWith("fsync is off", StringComparison.Ordinal))
            .And.Contain(
                line => line.StartsWith("TLS is off and the server listens on *:8080", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[server]\nlisten_address = '127.0.0.1:8080'\n")]
    [InlineData("[server]\nlisten_address = 'unix:/run/hfs.sock'\n")]
    [InlineData("[server]\nlisten_address = '8080'\npublic_url = 'https://upload.example.org/'\n")]
    public void Nothing_is_said_of_what_is_well(string server)
    {
        Start(Good + server).Warn();

        log.Of(503).Should().BeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_change_of_the_file_is_seen_also_by_rename(bool byRename)
    {
        var file = Write(Good);
        var live = new LiveSettings(Load(file), () => Load(file), Logger());
        using var watcher = Watcher(live, file);
        await watcher.StartAsync(CancellationToken.None);

        var target = byRename ? folder.File("config.toml~") : file;
        await File.WriteAllTextAsync(target, Good + "[server]\nbase_path = '/new/'\n");
        if (byRename)
        {
            File.Move(target, file, overwrite: true);
        }

        await log.EventAsync(500);
        live.Current.Server.BasePath.Should().Be("/new/");
    }

    [Fact]
    public async Task A_hangup_signal_reloads()
    {
        var file = Write(Good);
        var live = new LiveSettings(Load(file), () => Load(file), Logger());
        using var watcher = Watcher(live, path: null);
        await watcher.StartAsync(CancellationToken.None);
        Write(Good + "[server]\nbase_path = '/new/'\n");

        await HangUpAsync();

        await log.EventAsync(500);
        live.Current.Server.BasePath.Should().Be("/new/");
    }

    [Fact]
    public async Task A_change_that_a_hangup_signal_announces_too_is_one_reload()
    {
        var (file, clock) = (Write(Good), new ManualClock());
        var live = new LiveSettings(Load(file), () => Load(file), Logger());
        using var watcher = Watcher(live, file, clock);
        await watcher.StartAsync(CancellationToken.None);

        Write(Good + "[server]\nbase_path = '/new/'\n");
        await clock.ArmedAsync(Settle);
        await HangUpAsync();
        await log.EventAsync(500);
        clock.Advance(Settle);
        log.Of(500).Should().ContainSingle();

        var armed = clock.ArmedAsync(Settle);
        Write(Good + "[server]\nbase_path = '/two/'\n");
        await armed;
        clock.Advance(Settle);

        log.Of(500).Should().HaveCount(2, "that was another change");
        live.Current.Server.BasePath.Should().Be("/two/");
    }

    [Fact]
    public async Task A_second_hangup_signal_reloads_though_no_watched_file_has_changed()
    {
        var file = Write(Good);
        var live = new LiveSettings(Load(file), () => Load(file), Logger());
        using var watcher = Watcher(live, file);
        await watcher.StartAsync(CancellationToken.None);

        await HangUpAsync();
        await log.EventAsync(500);
        await HangUpAsync();

        await log.EventAsync(500, 2);
    }

    public void Dispose() => folder.Dispose();

    private static async Task HangUpAsync()
    {
        using var kill = Process.Start("kill", ["-HUP", $"{Environment.ProcessId}"]);
        await kill.WaitForExitAsync();
    }

    private LiveSettings Start(string toml)
    {
        var file = Write(toml);
        return new LiveSettings(Load(file), () => Load(file), Logger());
    }

    private Logger<LiveSettings> Logger() => new(new LoggerFactory([log]));

    private static ServerSettings Load(string file) => SettingsLoader.Load(file, new Hashtable());

    private static SettingsWatcher Watcher(LiveSettings live, string? path, TimeProvider? time = null) => new(
        live, path, new Notifier(null), AuditLog.Off, time ?? TimeProvider.System,
        TestErrors.New(), NullLogger<SettingsWatcher>.Instance);

    private string Write(string toml)
    {
        File.WriteAllText(folder.File("config.toml"), toml);
        return folder.File("config.toml");
    }
}
