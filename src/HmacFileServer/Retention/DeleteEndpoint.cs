using HmacFileServer.Http;
using HmacFileServer.Ledger;
using HmacFileServer.Limits;
using HmacFileServer.Settings;
using HmacFileServer.Slots;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Telemetry.Logs;
using HmacFileServer.Uploads;
using Microsoft.AspNetCore.Http.Features;

namespace HmacFileServer.Retention;

/// <summary>
/// <c>DELETE ?token=</c>: Metronome's mod_http_upload_external deletes what has expired there, or whose user is gone.
/// Deleting twice, or what never was, is a success too.
/// </summary>
internal sealed class DeleteEndpoint(
    LiveSettings settings, ActiveUploads uploads, Eraser eraser, AuditLog audit, RefusalLog refusals,
    TimeProvider time, ILogger<DeleteEndpoint> log)
{
    public bool IsOn => settings.Current.Security.DeleteSecret is not null;

    public async Task<IResult> DeleteAsync(HttpContext http)
    {
        var rules = settings.Current;
        if (rules.Security.DeleteSecret is not { } deleteSecret)
        {
            return Refusal.MethodNotAllowed;
        }

        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (SlotRequest.Read(
            http.Request, target, rules.Server.BasePath, time.GetUtcNow(), out var request) is { } malformed)
        {
            return malformed;
        }

        if (SlotVerifier.VerifyDeletion(request, deleteSecret, rules.Security) is { } unverified)
        {
            return Refused(http, unverified, request.Key);
        }

        using var turn = await uploads.TakeOverAsync(request.Key, http.RequestAborted); // an upload under way ends here
        var burials = await eraser.EraseAsync([request.Key.Text], BurialReason.Deleted, Actor.Of("xmpp-server", http));
        log.Deleted(request.Key.Text, burials.Bytes);
        return Results.NoContent();
    }

    private Refusal Refused(HttpContext http, Refusal refusal, BlobKey key)
    {
        if (refusals.IsFirst(http, "deletion-refused", refusal.Code))
        {
            var excerpt = VisibleText.Excerpt(key.Text);
            log.NotDeleted(excerpt, refusal.Status, refusal.Code);
            audit.Write(new AuditEvent("deletion-refused", Actor.Of("xmpp-server", http))
            {
                Key = excerpt,
                Status = refusal.Status,
                Code = refusal.Code,
            });
        }

        return refusal;
    }
}
