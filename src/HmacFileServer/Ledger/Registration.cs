using HmacFileServer.Slots;

namespace HmacFileServer.Ledger;

/// <summary>
/// One upload's way into the ledger: entered before its file is published, confirmed after, withdrawn when that fails.
/// So no file of ours is ever without an entry, and an entry without a file is one that was in flight.
/// </summary>
internal sealed class Registration(
    ILedger ledger, UploadSlot slot, Quotas.UsageReservation room, TimeProvider time)
{
    private LedgerEntry? entry;
    private Task<Enrolment>? entering;

    /// <summary>Before the file is entered: <see cref="Quotas.UsageReservation.WaitForTurnAsync"/>.</summary>
    public Task WaitForTurnAsync() => room.WaitForTurnAsync();

    /// <param name="sha256">Of the content, or null when nobody asked for it.</param>
    /// <param name="storedAt">Now, as exact as the ledger keeps it.</param>
    public Task<Enrolment> EnterAsync(byte[]? sha256, out DateTimeOffset storedAt)
    {
        storedAt = LedgerTime.ToMilliseconds(time.GetUtcNow());
        entry = new LedgerEntry
        {
            Key = slot.Key.Text,
            Size = slot.Terms.Length,
            ContentType = slot.Terms.ContentType,
            Owner = Owners.Of(slot),
            Scheme = slot.Scheme,
            StoredAt = storedAt,
            Expires = slot.Terms.FileExpires,
            Sha256 = sha256,
        };
        return entering = ledger.EnrolAsync(entry);
    }

    /// <summary>Once more, in place of an entry whose file is not there.</summary>
    public Task<Enrolment> ReplaceAsync() => entering = ledger.ReplaceAsync(entry!);

    /// <summary>Whether old files of the owner may have to go.</summary>
    public bool TakesRoomOfOthers => room.TakesRoomOfOthers;

    /// <summary>After it was entered, before it is published: old files go now, if they have to.</summary>
    /// <returns><see langword="false"/> when there is no room, and none can be made.</returns>
    public Task<bool> MakeRoomAsync() => room.MakeRoomAsync();

    /// <summary>The file is there for everybody to see.</summary>
    public void Confirm() => ledger.Confirm(entry!);

    /// <summary>It is not, and won't be.</summary>
    public async Task WithdrawAsync()
    {
        if (entering is null)
        {
            return;
        }

        try
        {
            if (await entering == Enrolment.Enrolled)
            {
                await ledger.WithdrawAsync(entry!);
            }
        }
        catch (LedgerException)
        {
            // Why the file was not published is the news; the entry, if there is one, stays in flight until
            // the next start.
        }
    }
}
