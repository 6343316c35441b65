using HmacFileServer.Doctor.Arrival;
using HmacFileServer.Http;
using HmacFileServer.Ledger;
using HmacFileServer.Limits;
using HmacFileServer.Memory;
using HmacFileServer.Retention;
using HmacFileServer.Settings;
using HmacFileServer.Slots;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace HmacFileServer.Uploads;

/// <summary>
/// PUT: read, verify, rules, take over, reserve, store, answer. Nothing touches the body before everything that can be
/// refused has been, so a client that sent "Expect: 100-continue" never sends what would be thrown away.
/// </summary>
internal sealed class UploadEndpoint(
    LiveSettings settings,
    SlotVerifier slots,
    ActiveUploads uploads,
    DiskBlobStore store,
    DiskSpace disk,
    ILedger ledger,
    Quotas quotas,
    Grace grace,
    ReceiveMemory memory,
    TimeProvider time,
    ServerMetrics metrics,
    BufferingWatch watch,
    CutOffWatch cuts,
    RequestLimits limits,
    OpenFiles files,
    UploadJournal journal)
{
    public async Task<IResult> PutAsync(HttpContext http)
    {
        var rules = settings.Current; // one snapshot for the whole request
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

        if (SlotRequest.Read(
            http.Request, target, rules.Server.BasePath, time.GetUtcNow(), out var request) is { } malformed)
        {
            if (malformed == Refusal.OutsideBasePath)
            {
                slots.ExplainOutside(http.Request, target, rules, time.GetUtcNow());
            }

            return journal.Refused(http, malformed, null);
        }

        if (http.Request.Headers.ContentRange.Count > 0)
        {
            // A part stored as the whole would be a file nobody sent (RFC 9110 section 14.5); curl -C sends such.
            return journal.Refused(http, Refusal.PartialUpload, request.Key);
        }

        if (slots.Verify(request, rules, out var slot) is { } unverified)
        {
            if (unverified == Refusal.Expired)
            {
                RestOfBody.MarkSigned(http);
                watch.Expired(request.Length);
            }

            return journal.Refused(http, unverified, request.Key);
        }

        RestOfBody.MarkSigned(http);
        if (UploadPolicy.Check(slot, request, rules) is { } unwanted)
        {
            return journal.Refused(http, unwanted, request.Key);
        }

        if (limits.CheckUpload(http, Owners.Of(slot)) is { } tooMany)
        {
            return journal.Refused(http, tooMany, request.Key);
        }

        try
        {
            return await StoreAsync(http, slot, rules);
        }
        catch (Exception e)
        {
            journal.Failed(http, slot, e);
            if (Refusal.IsDeparture(e))
            {
                return Departure.Result;
            }

            throw; // becomes an answer in RefusalHandler
        }
    }

    private async Task<IResult> StoreAsync(HttpContext http, UploadSlot slot, ServerSettings rules)
    {
        using var turn = await uploads.TakeOverAsync(slot.Key, http.RequestAborted);
        var most = rules.Uploads.MaxConcurrent is > 0 and var wanted ? wanted : int.MaxValue;
        if (!turn.TryRun(Math.Min(most, files.MostUploads)))
        {
            return journal.Refused(http, Refusal.Busy, slot.Key);
        }

        using var running = metrics.UploadRunning();

        using var body = new UploadBody(
            http.Request, memory, slot.Terms.Length, UploadPace.Of(rules, slot.Terms.Length), time,
            turn.Superseded, http.RequestAborted);
        turn.Shows(new UploadProgress(body, Owners.Of(slot), UploadJournal.Address(http)));
        try
        {
            return await StoreOrCompareAsync(http, slot, body, rules);
        }
        catch (OperationCanceledException) when (turn.Superseded.IsCancellationRequested)
        {
            throw new SupersededException();
        }
        catch (ClientLeftException)
        {
            cuts.BrokenOff(body.Quiet, body.Age);
            throw;
        }
    }

    private async Task<IResult> StoreOrCompareAsync(
        HttpContext http, UploadSlot slot, UploadBody body, ServerSettings rules)
    {
        var now = time.GetUtcNow();
        if (store.Open(slot.Key, out var isFree) is { } stored)
        {
            using (stored)
            {
                if (grace.EndOf(stored, rules.Retention, now) <= now)
                {
                    return journal.Refused(http, Refusal.Deleted, slot.Key);
                }

                // The first 201 was lost, and the client sends again: the same content is welcome, another is not.
                if (!await DiskBlobStore.HoldsAsync(stored, body))
                {
                    return journal.Refused(http, Refusal.AlreadyUploaded, slot.Key);
                }

                if (rules.Server.Fsync)
                {
                    store.Sync(stored);
                }

                return journal.Repeated(http, slot);
            }
        }

        if (!isFree)
        {
            return journal.Refused(http, Refusal.AlreadyUploaded, slot.Key);
        }

        // The ledger looks for the tombstone again when it makes the entry. Once is enough for a small body that is on its
        // way already, unless a quota would be judged first.
        var owner = Owners.Of(slot);
        var isOnItsWay = body.Length <= ReceiveMemory.LargeBlock && http.Request.Headers.Expect.Count == 0;
        if ((!isOnItsWay || Quotas.Apply(owner, rules.Quotas)) && ledger.FindBurial(slot.Key.Text) is not null)
        {
            return journal.Refused(http, Refusal.Deleted, slot.Key);
        }

        using var room = quotas.TryReserve(owner, body.Length, rules.Quotas, now);
        if (room is null)
        {
            return journal.Refused(http, Refusal.OverQuota, slot.Key);
        }

        using var space = disk.TryReserve(
            body.Length, PromiseLimits.Of(rules), limits.WhoUploads(http, owner), out var reached);
        if (space is null)
        {
            return journal.Refused(http, limits.Refuse(http, reached), slot.Key);
        }

        var metadata = new BlobMetadata(slot.Terms.ContentType, slot.Terms.FileExpires, Owners.ToKeep(slot));
        var options = new StoreOptions(rules.Server.Fsync, rules.Ledger.Hash);
        var registration = new Registration(ledger, slot, room, time);
        switch (await store.StoreAsync(slot.Key, body, metadata, space, registration, options))
        {
            case StoreOutcome.Stored:
                room.Stored();
                var took = time.GetUtcNow() - now;
                watch.Stored(slot.Terms, now, took);
                return journal.Stored(http, slot, owner, took);
            case StoreOutcome.Repeated:
                return journal.Repeated(http, slot);
            case StoreOutcome.Buried:
                return journal.Refused(http, Refusal.Deleted, slot.Key);
            case StoreOutcome.OverQuota:
                return journal.Refused(http, Refusal.OverQuota, slot.Key);
            case StoreOutcome.Blocked:
                return journal.Refused(http, Refusal.BlockedContent, slot.Key);
            default:
                return journal.Refused(http, Refusal.AlreadyUploaded, slot.Key);
        }
    }
}
