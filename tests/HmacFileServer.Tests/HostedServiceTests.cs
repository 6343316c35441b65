using System.Net;
using System.Net.Sockets;
using HmacFileServer.Ledger;
using HmacFileServer.Retention;
using HmacFileServer.Settings;
using HmacFileServer.Status;
using HmacFileServer.Systemd;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Tests.Support;
using HmacFileServer.Tests.Telemetry;
using HmacFileServer.Tests.Xmpp;
using HmacFileServer.Xmpp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HmacFileServer.Tests;

/// <summary>
/// What a hosted service did not expect is counted and logged once a minute, and the service goes on: left alone, it
/// would stop the whole server, with exit code 0.
/// </summary>
public sealed class HostedServiceTests
{
    private const string Errors = "hfs.background.errors";

    private FaultyLedger ledger = null!;

    [Fact]
    public async Task Every_hosted_service_of_ours_is_tried_here()
    {
        await using var xmpp = new XmppServer();
        await using var server = await StartAsync(xmpp);

        server.HostedServices.Where(type => type.Assembly == typeof(Lifecycle).Assembly).Should().BeEquivalentTo(
            [
                typeof(XmppComponent), typeof(Sweeper), typeof(StatusSocket), typeof(MetricsEndpoint),
                typeof(SettingsWatcher), typeof(SystemdLink),
                typeof(Lifecycle), // does nothing between start and stop
            ]);
    }

    [Fact]
    public async Task The_component_answers_that_it_failed_and_then_the_next_request()
    {
        await using var xmpp = new XmppServer();
        await using var server = await StartAsync(xmpp);
        await using var peer = await xmpp.AcceptAsync();
        ledger.IsBroken = true;

        for (var time = 0; time < 3; time++)
        {
            var error = (await peer.AskAsync(SlotQuestions.Request)).Elements().Single();
            error.Elements().Single().Name.LocalName.Should().Be("internal-server-error");
        }

        ledger.IsBroken = false;
        (await peer.AskAsync(SlotQuestions.Request)).Attribute("type")!.Value.Should().Be("result");
        await ExpectToldOnceAsync(server, "component", 3);
        server.Log.Of(801).Should().BeEmpty();
    }

    [Fact]
    public async Task The_status_socket_answers_the_next_who_asks()
    {
        await using var xmpp = new XmppServer();
        await using var server = await StartAsync(xmpp);
        ledger.IsBroken = true;

        (await AskStatusAsync(server)).Should().BeEmpty();
        (await AskStatusAsync(server)).Should().BeEmpty();

        ledger.IsBroken = false;
        (await AskStatusAsync(server)).Should().StartWith("{");
        await ExpectToldOnceAsync(server, "status", 2);
    }

    [Fact]
    public async Task The_metrics_endpoint_answers_500_and_then_again()
    {
        await using var xmpp = new XmppServer();
        await using var server = await StartAsync(xmpp);
        ledger.IsBroken = true;
        using var http = new HttpClient();

        for (var time = 0; time < 2; time++)
        {
            using var answer = await http.GetAsync(new Uri(server.Service<MetricsEndpoint>().Address!));
            answer.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        }

        ledger.IsBroken = false;
        (await Scraping.ScrapeAsync(server)).Should().Contain("\nhfs_background_errors_total{task=\"metrics\"} 2\n");
        await ExpectToldOnceAsync(server, "metrics", 2);
    }

    [Fact]
    public async Task The_sweeper_sweeps_again()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(ledger: Faulty, clock: clock);
        await clock.ArmedAsync(TimeSpan.FromMinutes(10));
        ledger.IsBroken = true;

        clock.Advance(TimeSpan.FromMinutes(10));

        await server.Log.EventAsync(630);
        ledger.IsBroken = false;
        await clock.ArmedAsync(TimeSpan.FromMinutes(10)); // it waits for the next one
        await ExpectToldOnceAsync(server, "sweeper", 1);
    }

    [Theory]
    [InlineData("49d")]
    [InlineData("100d")]
    [InlineData("36500d")]
    public async Task The_sweeper_lives_with_any_interval(string interval)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(
            more: $"[retention]\ncleanup_interval = \"{interval}\"", clock: clock);

        await clock.ArmedAsync(TimeSpan.FromDays(49)); // it waits

        server.IsStopping.Should().BeFalse();
    }

    [Fact]
    public async Task The_settings_watcher_watches_on()
    {
        using var folder = new TempFolder();
        var file = folder.File("config.toml");
        await File.WriteAllTextAsync(file, "");
        var (log, fails) = (new CapturedLog(), true);
        ServerSettings Load() => fails ? throw new InvalidOperationException("a fault") : new ServerSettings();
        var live = new LiveSettings(
            new ServerSettings(), Load, new Logger<LiveSettings>(new LoggerFactory([log])));
        using var watcher = new SettingsWatcher(
            live, file, new Notifier(null), AuditLog.Off, TimeProvider.System, TestErrors.New(log),
            NullLogger<SettingsWatcher>.Instance);
        await watcher.StartAsync(CancellationToken.None);

        await File.WriteAllTextAsync(file, "# one");
        await log.EventAsync(630);
        fails = false;
        await File.WriteAllTextAsync(file, "# two, and longer");

        await log.EventAsync(500);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(5)]
    public void A_socket_of_systemds_that_cannot_be_is_no_reason_to_fail(int length)
    {
        var telling = () => new Notifier("/" + new string('x', length)).Alive();

        telling.Should().NotThrow();
    }

    private Task<TestServer> StartAsync(XmppServer xmpp) => TestServer.StartAsync(
        "public_url = \"https://upload.example.org/\"", more: Scraping.OnAnyPort + "[quotas]\ntotal = \"1GB\"\n" + xmpp.Toml(),
        ledger: Faulty);

    private ILedger Faulty(ILedger good) => FaultyLedger.Around(good, out ledger);

    private static async Task<string> AskStatusAsync(TestServer server)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(StatusSocket.PathIn(server.StorePath)));
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private static async Task ExpectToldOnceAsync(TestServer server, string task, int errors)
    {
        (await server.Log.EventAsync(630)).Exception!.Message.Should().Contain(FaultyLedger.Fault);
        server.Metrics.Sum(Errors, "task=" + task).Should().Be(errors);
        server.Log.Of(630).Where(line => line.Contains(task, StringComparison.OrdinalIgnoreCase))
            .Should().ContainSingle("others may have met the fault, too");
        server.IsStopping.Should().BeFalse();
    }
}
