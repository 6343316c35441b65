using HmacFileServer.Doctor.Arrival;
using HmacFileServer.Downloads;
using HmacFileServer.Http;
using HmacFileServer.Http.Listening;
using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Repair;
using HmacFileServer.Limits;
using HmacFileServer.Memory;
using HmacFileServer.Retention;
using HmacFileServer.Settings;
using HmacFileServer.Slots;
using HmacFileServer.Slots.Diagnosis;
using HmacFileServer.Slots.Issuing;
using HmacFileServer.Status;
using HmacFileServer.Storage;
using HmacFileServer.Systemd;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Telemetry.Exposition;
using HmacFileServer.Telemetry.Logs;
using HmacFileServer.Uploads;
using HmacFileServer.Xmpp;
using HmacFileServer.Xmpp.Answers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Serilog;
using Serilog.Extensions.Logging;

namespace HmacFileServer;

/// <summary>The table of contents: what the server is made of, and what a request passes through.</summary>
internal static partial class Server
{
    /// <param name="settings">The settings to start with.</param>
    /// <param name="load">Reads them again on reload.</param>
    /// <param name="watched">The configuration file to watch, or null.</param>
    public static WebApplicationBuilder AddHmacFileServer(
        this WebApplicationBuilder builder, ServerSettings settings, Func<ServerSettings> load, string? watched)
    {
        LiveSettings? live = null; // made by the container, which needs the log first
        ServerSettings Current() => live?.Current ?? settings;
        builder.Logging.AddSerilog(LogSetup.Create(settings, Current), dispose: true);
        if (settings.Logging.Level > LogLevel.Debug)
        {
            // What it has to tell of each request is Information of the framework's, which is not written anyway; but it
            // would make an activity and a scope for each as long as it might tell something worse.
            // By the provider's name: AddSerilog lets everything through, and the rule that names more wins.
            builder.Logging.AddFilter<SerilogLoggerProvider>("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        }

        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(sockets => KestrelSetup.Apply(sockets, settings.Server.UnixSocketMode));
        builder.Services.AddSingleton<IConnectionListenerFactory>(provider => new LimitedListeners(
            ActivatorUtilities.CreateInstance<SocketTransportFactory>(provider),
            provider.GetRequiredService<ConnectionLimits>()));
        builder.WebHost.ConfigureKestrel(kestrel => KestrelSetup.Apply(kestrel, settings));

        var services = builder.Services;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Timeouts.Shutdown.Time);
        services.AddRouting();
        services.AddHttpContextAccessor(); // for the log: RequestIdentity
        services.AddExceptionHandler<RefusalHandler>();
        services.AddCors();
        services.AddSingleton<CorsSetup>();
        services.Configure<ForwardedHeadersOptions>(forwarded => Trust(forwarded, settings.Server));

        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(new Notifier(Environment.GetEnvironmentVariable(Notifier.Variable)));
        services.AddSingleton(provider => new ReceiveMemory(
            settings.Server.ReceiveMemory.Bytes, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IMemoryPoolFactory<byte>>(provider => provider.GetRequiredService<ReceiveMemory>());
        services.AddSingleton(provider =>
            live = new LiveSettings(settings, load, provider.GetRequiredService<ILogger<LiveSettings>>()));
        services.AddHostedService(provider => new SettingsWatcher(
            provider.GetRequiredService<LiveSettings>(),
            watched,
            provider.GetRequiredService<Notifier>(),
            provider.GetRequiredService<AuditLog>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<BackgroundErrors>(),
            provider.GetRequiredService<ILogger<SettingsWatcher>>()));

        services.AddSingleton<RequestId>();
        services.AddSingleton(_ => OpenFiles.OfProcess());
        services.AddSingleton<LimitLog>();
        services.AddSingleton<RefusalLog>();
        services.AddSingleton<ConnectionLimits>();
        services.AddSingleton<RequestHeads>();
        services.AddSingleton<RequestLimits>();
        services.AddSingleton<ExactMethods>();
        services.AddSingleton<RejectedRequests>();
        services.AddSingleton<MismatchDiagnosis>();
        services.AddSingleton<SlotVerifier>();
        services.AddSingleton(provider => new DiskBlobStore(
            settings.Server.StoragePath, provider.GetRequiredService<ILogger<DiskBlobStore>>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<OpenFiles>(),
            settings.Server.Links));
        services.AddSingleton(provider => LedgerOpening.Open(
            provider.GetRequiredService<DiskBlobStore>(), settings.Server.Fsync,
            provider.GetRequiredService<ILogger<ILedger>>()));
        services.AddSingleton(provider => provider.GetRequiredService<DiskBlobStore>().Space);
        services.AddSingleton<Eraser>();
        services.AddSingleton<Quotas>();
        services.AddSingleton<Reconciliation>();
        services.AddSingleton<Grace>();
        services.AddSingleton<Sweeper>();
        services.AddSingleton<UploadAllowance>();
        services.AddSingleton<SlotRate>();
        services.AddSingleton<SlotIssuer>();
        services.AddSingleton<SlotEndpoint>();
        services.AddSingleton<ComponentState>();
        if (settings.Xmpp.Domain is not null)
        {
            services.AddSingleton<UploadRequests>();
            services.AddSingleton<IqAnswers>();
            services.AddHostedService<XmppComponent>();
        }

        services.AddSingleton(provider => AuditLog.Of(
            settings.Logging,
            Current,
            provider.GetRequiredService<TimeProvider>(),
            AuditRole.Server,
            new AuditTrouble(
                provider.GetRequiredService<ServerMetrics>(), provider.GetRequiredService<ILogger<AuditLog>>()).Tell));
        services.AddSingleton<ActiveUploads>();
        services.AddSingleton<UploadJournal>();
        services.AddSingleton<UploadEndpoint>();
        services.AddSingleton<DownloadEndpoint>();
        services.AddSingleton<DeleteEndpoint>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<HealthEndpoint>();
        services.AddSingleton<StatusReport>();
        services.AddSingleton<ProbeEndpoint>();
        services.AddSingleton<BufferingWatch>();
        services.AddSingleton<CutOffWatch>();
        services.AddSingleton<AddressWatch>();
        services.AddMetrics();
        services.AddSingleton<ServerMetrics>();
        services.AddSingleton<BackgroundErrors>();
        services.AddSingleton<MetricCollector>();
        services.AddSingleton<StoreMetrics>();
        services.AddSingleton<MetricsEndpoint>();
        services.AddHostedService(provider => provider.GetRequiredService<MetricsEndpoint>());
        services.AddHostedService<Lifecycle>();
        services.AddHostedService<StatusSocket>();
        services.AddHostedService<SystemdLink>();
        services.AddHostedService(provider => provider.GetRequiredService<Sweeper>());
        return builder;
    }

    private static void Trust(ForwardedHeadersOptions forwarded, HostSettings server)
    {
        // Without a single network the middleware would believe everybody.
        forwarded.ForwardedHeaders = server.TrustedProxies.IsEmpty
            ? ForwardedHeaders.None
            : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        forwarded.ForwardLimit = null; // as far back as the trusted proxies go, and no further
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in server.TrustedProxies)
        {
            forwarded.KnownIPNetworks.Add(network);
        }
    }
}
