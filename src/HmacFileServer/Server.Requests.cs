using System.Diagnostics;
using HmacFileServer.Doctor.Arrival;
using HmacFileServer.Downloads;
using HmacFileServer.Http;
using HmacFileServer.Http.Listening;
using HmacFileServer.Http.Proxies;
using HmacFileServer.Http.Wire;
using HmacFileServer.Limits;
using HmacFileServer.Retention;
using HmacFileServer.Settings;
using HmacFileServer.Slots.Issuing;
using HmacFileServer.Status;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Exposition;
using HmacFileServer.Uploads;
using Microsoft.Extensions.Primitives;

namespace HmacFileServer;

/// <summary>What a request passes through, and where it ends.</summary>
internal static partial class Server
{
    private const string EveryPath = "/{**key}";

    public static WebApplication UseHmacFileServer(this WebApplication app)
    {
        app.Services.GetRequiredService<StoreMetrics>(); // makes its instruments; nobody else asks for it
        app.Services.GetRequiredService<MetricCollector>(); // listens from here on
        var isComponent = app.Services.GetRequiredService<LiveSettings>().Current.Xmpp.Domain is not null;
        app.Services.GetRequiredService<ServerMetrics>().BeginAtZero(isComponent);
        app.Services.GetRequiredService<RejectedRequests>().Watch(
            app.Services.GetRequiredService<DiagnosticListener>());
        app.Use(app.Services.GetRequiredService<RequestHeads>().KeepAsync);
        app.UseExceptionHandler(_ => { });
        app.Use(Poller.KeepReadersAsync);
        app.Use(app.Services.GetRequiredService<RequestId>().AssignAsync);
        app.Use(app.Services.GetRequiredService<AddressWatch>().WatchAsync);
        app.Use(ForwardedLists.CutAsync);
        app.UseForwardedHeaders();
        app.Use(app.Services.GetRequiredService<ExactMethods>().RequireAsync);
        app.Use(next => CorsSetup.Before(next, app.Services));
        app.Use(CleartextPlaces.KeepAsync);
        app.Use(app.Services.GetRequiredService<RequestLimits>().GuardAsync);
        app.Use(app.Services.GetRequiredService<ProbeEndpoint>().AnswerAsync);

        var uploads = app.Services.GetRequiredService<UploadEndpoint>();
        var downloads = app.Services.GetRequiredService<DownloadEndpoint>();
        var deletions = app.Services.GetRequiredService<DeleteEndpoint>();
        var slots = app.Services.GetRequiredService<SlotEndpoint>();
        var health = app.Services.GetRequiredService<HealthEndpoint>();

        app.MapMethods(EveryPath, ["PUT"], async http => await (await uploads.PutAsync(http)).ExecuteAsync(http));
        app.MapMethods(EveryPath, ["GET", "HEAD"], async http =>
        {
            var forHealth = HealthEndpoint.IsFor(http.Request.Path.Value);
            if (!forHealth && !slots.IsFor(http))
            {
                await (await downloads.GetAsync(http)).ExecuteAsync(http);
                return;
            }

            await Poller.Leave(); // they try the store, and ask the ledger
            await (forHealth ? health.Get(http) : slots.Get(http)).ExecuteAsync(http);
        });
        app.MapMethods(EveryPath, ["DELETE"], async http =>
        {
            http.Response.Headers.Allow = deletions.IsOn ? StringValues.Empty : ExactMethods.Allow;
            await (await deletions.DeleteAsync(http)).ExecuteAsync(http);
        });
        app.MapMethods(EveryPath, ["OPTIONS"], http =>
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            http.Response.Headers.Allow = ExactMethods.Allow;
            return Task.CompletedTask;
        });
        app.Map(EveryPath, ExactMethods.RefuseAsync);
        return app;
    }
}
