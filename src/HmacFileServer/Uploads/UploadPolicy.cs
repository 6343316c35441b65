using HmacFileServer.Http;
using HmacFileServer.Settings;
using HmacFileServer.Slots;

namespace HmacFileServer.Uploads;

/// <summary>What the operator does not want to store, however well it is signed.</summary>
internal static class UploadPolicy
{
    public static Refusal? Check(UploadSlot slot, SlotRequest request, ServerSettings rules)
    {
        if (slot.Terms.Length > rules.Server.MaxUploadSize.Bytes)
        {
            return Refusal.TooLarge;
        }

        var uploads = rules.Uploads;
        if (!uploads.Takes(slot.Key.Extension))
        {
            return Refusal.TypeNotAllowed;
        }

        // XEP-0363 only asks for it, and honest clients break it: Conversations announces application/pgp-encrypted
        // and sends something else, Movim sends no type. Hence off unless the operator insists.
        return uploads.CheckContentType
            && slot.Terms.DeclaredType is { } declared
            && !ContentTypeReadings.SameType(declared, request.ContentType)
                ? Refusal.TypeNotAllowed
                : null;
    }
}
