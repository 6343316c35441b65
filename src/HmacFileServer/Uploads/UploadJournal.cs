using HmacFileServer.Http;
using HmacFileServer.Ledger;
using HmacFileServer.Limits;
using HmacFileServer.Slots;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Telemetry.Logs;
using Microsoft.AspNetCore.Http.Features;

namespace HmacFileServer.Uploads;

/// <summary>How an upload ended: the answer, with its event in the log and its count in the metrics.</summary>
internal sealed class UploadJournal(
    ServerMetrics metrics, AuditLog audit, RefusalLog refusals, ILogger<UploadJournal> log)
{
    private int cut;
    private CancellationToken patience;

    /// <summary>Uploads that the end of the server cut off.</summary>
    public int Cut => Volatile.Read(ref cut);

    /// <param name="end">Cancelled when the server waits no longer, and cuts what still runs.</param>
    public void StopCutsAt(CancellationToken end) => patience = end;

    public IResult Stored(HttpContext http, UploadSlot slot, string? owner, TimeSpan took)
    {
        metrics.Stored(slot.Scheme, slot.Terms.Length, took);
        log.Stored(slot.Key.Text, slot.Terms.Length, owner ?? "-", slot.Scheme, Address(http));
        Audit(http, "stored", slot, owner);
        return Created.Result;
    }

    public IResult Repeated(HttpContext http, UploadSlot slot)
    {
        metrics.Repeated(slot.Scheme);
        log.Repeated(slot.Key.Text, Address(http));
        Audit(http, "repeated", slot, Owners.Of(slot));
        return Created.Result;
    }

    /// <param name="key">Null when the request did not get so far as to have one.</param>
    public Refusal Refused(HttpContext http, Refusal refusal, BlobKey? key)
    {
        if (refusals.IsFirst(http, "refused", refusal.Code))
        {
            var path = VisibleText.Excerpt(key?.Text ?? RawPath(http));
            log.Refused(path, refusal.Status, refusal.Code, Address(http));
            audit.Write(
                new AuditEvent("refused", Uploader(http)) { Key = path, Status = refusal.Status, Code = refusal.Code });
        }

        return refusal;
    }

    /// <summary>
    /// An upload that ended by an exception; the answer, if anybody is there to hear it, is made of that.
    /// </summary>
    public void Failed(HttpContext http, UploadSlot slot, Exception e)
    {
        if (Refusal.IsDeparture(e) && patience.IsCancellationRequested)
        {
            Interlocked.Increment(ref cut);
            log.CutOff(slot.Key.Text, slot.Terms.Length, Address(http));
        }
        else if (Refusal.IsDeparture(e))
        {
            metrics.Aborted(slot.Scheme);
            log.ClientLeft(slot.Key.Text, slot.Terms.Length, Address(http));
        }
        else
        {
            var refusal = Refused(http, Refusal.From(e), slot.Key);
            if (refusal == Refusal.StoreUnwritable)
            {
                log.StoreRefusesWriting(slot.Key.Text, e.Message);
            }
        }
    }

    private void Audit(HttpContext http, string name, UploadSlot slot, string? owner) => audit.Write(
        new AuditEvent(name, Uploader(http))
        {
            Key = slot.Key.Text,
            Bytes = slot.Terms.Length,
            Owner = owner,
            Scheme = slot.Scheme,
        });

    private static Actor Uploader(HttpContext http) => Actor.Of("client", http);

    /// <summary>Without the query, which may hold a signature.</summary>
    private static string RawPath(HttpContext http) =>
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2)[0];

    public static string Address(HttpContext http) => http.Connection.RemoteIpAddress?.ToString() ?? "unix";
}
