using System.Net;
using HmacFileServer.Http.Listening;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Telemetry.Exposition;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace HmacFileServer.Telemetry;

/// <summary>
/// <c>GET /metrics</c> for Prometheus, on a listener of its own: what goes on here is not for those who upload. The one
/// seam to whatever writes the format. An address that can't be had costs the metrics, not the server.
/// </summary>
internal sealed class MetricsEndpoint(
    LiveSettings settings, MetricCollector collector, BackgroundErrors errors, ILogger<MetricsEndpoint> log)
    : IHostedService, IAsyncDisposable
{
    public const string Path = "/metrics";

    private const string UnixUrl = "http://unix:"; // Kestrel's, and no URL for anybody else

    private WebApplication? app;

    /// <summary>Where it listens; null when it does not.</summary>
    public string? Address => app?.Urls.FirstOrDefault() is { } url
        ? url.StartsWith(UnixUrl, StringComparison.Ordinal) ? url["http://".Length..] : url + Path
        : null;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Current.Metrics.ListenAddress is not { } address)
        {
            return;
        }

        var listening = Build(address);
        try
        {
            await listening.StartAsync(cancellationToken);
            app = listening;
        }
        catch (Exception e) when (e is not OperationCanceledException) // taken; or not ours, or not for us
        {
            await listening.DisposeAsync();
            log.NoMetrics(address.ToString(), e.Message);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private WebApplication Build(ListenAddress address)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var mode = settings.Current.Server.UnixSocketMode;
        builder.WebHost.UseSockets(sockets =>
            sockets.CreateBoundListenSocket = endpoint => UnixSockets.Bind(endpoint, mode));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.RequestHeaderEncodingSelector = HeaderText.Select;
            kestrel.Limits.MaxConcurrentConnections = 16; // Prometheus needs one or two
            Listen(kestrel, address);
        });
        builder.Services.AddSingleton<IHostLifetime, ForeignLifetime>();
        var built = builder.Build();
        built.Run(AnswerAsync);
        return built;
    }

    private async Task AnswerAsync(HttpContext http)
    {
        try
        {
            await TellAsync(http);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            errors.Report(BackgroundTask.Metrics, e);
            http.Response.Clear();
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    private Task TellAsync(HttpContext http)
    {
        if (http.Request.Path.Value != Path
            || (http.Request.Method != HttpMethods.Get && http.Request.Method != HttpMethods.Head))
        {
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers.Allow = "GET, HEAD";
            http.Response.StatusCode = http.Request.Path.Value == Path
                ? StatusCodes.Status405MethodNotAllowed
                : StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        var openMetrics = http.Request.Headers.Accept.ToString().Contains(
            "application/openmetrics-text", StringComparison.Ordinal);
        http.Response.ContentType = openMetrics ? PrometheusText.OpenMetricsType : PrometheusText.TextType;
        http.Response.Headers.Vary = "Accept";
        return http.Response.WriteAsync(collector.Write(openMetrics));
    }

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address)
    {
        if (address.UnixPath is { } path)
        {
            kestrel.ListenUnixSocket(path);
        }
        else
        {
            kestrel.Listen(address.Address ?? IPAddress.IPv6Any, address.Port);
        }
    }

    /// <summary>Signals are the server's own business; this listener ends with it.</summary>
    private sealed class ForeignLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
