using HmacFileServer.Settings;
using HmacFileServer.Storage;

namespace HmacFileServer.Slots;

/// <summary>
/// Whether an upload would be taken at this moment. Promises nothing: the PUT reserves, and may still be refused when many
/// slots were issued for the same room.
/// </summary>
internal sealed class UploadAllowance(DiskBlobStore store)
{
    /// <returns>Null when it fits, or why not.</returns>
    /// <exception cref="IOException">What is stored can't be looked up.</exception>
    public SlotDenial? Ask(string owner, long bytes, ServerSettings rules, DateTimeOffset now)
    {
        using var space = store.Space.TryReserve(bytes, rules.Server.MinFreeBytes.Bytes);
        return space is null
            ? new(SlotDenialReason.StorageFull, "The server has no space left at the moment.")
            : null;
    }
}
