using HmacFileServer.Http;
using HmacFileServer.Http.Wire;
using HmacFileServer.Ledger;
using HmacFileServer.Limits;
using HmacFileServer.Retention;
using HmacFileServer.Settings;
using HmacFileServer.Slots;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Telemetry.Logs;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace HmacFileServer.Downloads;

/// <summary>
/// GET and HEAD: key, signature where one is required, open, headers; ranges and conditions are the framework's. Whoever
/// knows the URL may read (XEP-0363), unless the operator wants signatures.
/// </summary>
internal sealed class DownloadEndpoint(
    LiveSettings settings,
    SlotVerifier slots,
    DiskBlobStore store,
    ILedger ledger,
    Grace grace,
    TimeProvider time,
    ServerMetrics metrics,
    AuditLog audit,
    RefusalLog refusals,
    ILogger<DownloadEndpoint> log)
{
    public async ValueTask<IResult> GetAsync(HttpContext http)
    {
        var rules = settings.Current;
        if (HttpProtocol.IsHttp2(http.Request.Protocol)
            && http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
            && await EmptyBody.RequireAsync(http, rules.Timeouts.ReadTimeout.Time, time) is { } unwanted)
        {
            return unwanted; // as long as the file is sent, its window full of a body would lie in our memory
        }

        if (!rules.Downloads.AlsoBelow.IsEmpty)
        {
            await Poller.Leave(); // where the file lies is to be looked up
        }

        if (!WholeBlob.IsWanted(http.Request.Headers) && LengthLimit.IsPassedByConditions(http.Request.Headers))
        {
            return Refusal.BadRequest;
        }

        var now = time.GetUtcNow();
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (FormerPaths.Read(http.Request, target, rules, store, now) is not { } request
            || FormerPaths.IsHidden(request.Key, rules.Downloads.Hidden))
        {
            // what can't be a key names no file
            return RequestTarget.TryParse(http, target, out var known) && known.HasTooManyParameters
                ? Refusal.BadRequest
                : Refusal.NotFound;
        }

        if (rules.Security.RequireSignedDownloads && slots.VerifyDownload(request, rules) is { } unverified)
        {
            if (refusals.IsFirst(http, "download-refused", unverified.Code) && audit.IsOn)
            {
                await Poller.Leave(); // it is a file, too
                audit.Write(new AuditEvent("download-refused", Actor.Of("client", http))
                {
                    Key = VisibleText.Excerpt(request.Key.Text),
                    Status = unverified.Status,
                    Code = unverified.Code,
                });
            }

            return Refused(request.Key, unverified);
        }

        var blob = store.OpenFromMemory(request.Key);
        if (blob is null or { IsSmall: false }) // whether its bytes are in memory, BlobStream asks before it sends them
        {
            await Poller.Leave();
            blob ??= store.OpenToServe(request.Key);
        }

        if (blob is null)
        {
            return Refused(request.Key, WasDeleted(request.Key) ? Refusal.Gone : Refusal.NotFound);
        }

        var end = grace.EndOf(blob, rules.Retention, now);
        if (end <= now)
        {
            blob.Dispose();
            return Refused(request.Key, Refusal.Gone);
        }

        var type = MediaTypes.Of(blob.Metadata.ContentType, blob.Key.Extension);
        var isInline = DownloadHeaders.IsInline(type, rules.Downloads.InlineTypes);
        DownloadHeaders.Apply(http.Response.Headers, blob, type, isInline, rules, end - now);
        // Browsers take text that does not say for Latin-1, and chat clients mean UTF-8.
        var contentType = isInline && type.IsOf("text/") && !type.HasCharset && await IsUtf8Async(blob)
            ? type.WithCharset("utf-8")
            : type.Text;
        log.Serving(blob.Key.Text, blob.Length);
        return rules.Downloads.AccelRedirect is { } location && !DiskBlobStore.IsOwn(blob.StoredPath)
            ? ByNginx(http, blob, contentType, location)
            : ByUs(http, blob, contentType, rules.Timeouts.WriteTimeout.Time);
    }

    /// <summary>
    /// Who decides may still find that the client has the file (304), or wants a part that isn't there (416).
    /// </summary>
    private void CountWhenServed(HttpResponse response) => response.OnStarting(() =>
    {
        if (response.StatusCode is StatusCodes.Status200OK or StatusCodes.Status206PartialContent)
        {
            metrics.Served();
        }
        else if (response.StatusCode >= StatusCodes.Status400BadRequest)
        {
            DownloadHeaders.TakeBack(response.Headers);
        }

        return Task.CompletedTask;
    });

    private static async ValueTask<bool> IsUtf8Async(Blob blob)
    {
        if (blob.IsInMemory(0, Math.Min(blob.Length, Utf8Text.Looked)))
        {
            return blob.IsUtf8Text;
        }

        using var disk = ProcessThreads.WaitForDisk();
        await Poller.Leave();
        return blob.IsUtf8Text;
    }

    /// <summary>The only question a download ever has for the ledger, and only where there is no file.</summary>
    private bool WasDeleted(BlobKey key)
    {
        try
        {
            return ledger.FindBurial(key.Text) is not null;
        }
        catch (LedgerException e)
        {
            log.LedgerSilent(e, key.Text);
            return false;
        }
    }

    private IResult ByNginx(HttpContext http, Blob blob, string contentType, string location)
    {
        CountWhenServed(http.Response);
        var stored = blob.StoredPath.Split('/').Select(Uri.EscapeDataString);
        blob.Dispose();
        http.Response.Headers["X-Accel-Redirect"] = location + string.Join('/', stored);
        http.Response.ContentType = contentType;
        return Results.Empty;
    }

    private IResult ByUs(HttpContext http, Blob blob, string contentType, TimeSpan silence)
    {
        var key = blob.Key.Text;
        var stream = new BlobStream(blob, http.Response, silence, time, () =>
        {
            if (refusals.IsFirst(http, "download-stalled", Refusal.TooSlow.Code))
            {
                log.DownloadStalled(VisibleText.Excerpt(key), silence);
            }

            http.Abort();
        });
        if (http.Request.Method == HttpMethods.Head)
        {
            // RFC 9110 section 14.2: a range is for GET alone
            http.Request.Headers.Remove(HeaderNames.Range);
        }

        if (WholeBlob.IsWanted(http.Request.Headers))
        {
            return new WholeBlob(stream, blob, contentType, metrics);
        }

        if (http.Request.GetTypedHeaders().Range is { } range
            && !range.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase))
        {
            // RFC 9110 section 14.2; the framework takes any unit for bytes
            http.Request.Headers.Remove(HeaderNames.Range);
        }

        CountWhenServed(http.Response);
        return Results.Stream(
            stream,
            contentType,
            lastModified: blob.LastModified,
            entityTag: new EntityTagHeaderValue(blob.ETag),
            enableRangeProcessing: true);
    }

    private Refusal Refused(BlobKey key, Refusal refusal)
    {
        if (log.IsEnabled(LogLevel.Debug))
        {
            log.NotServed(VisibleText.Excerpt(key.Text), refusal.Status, refusal.Code);
        }

        return refusal;
    }
}
