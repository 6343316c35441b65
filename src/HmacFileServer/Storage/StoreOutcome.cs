namespace HmacFileServer.Storage;

/// <param name="Durable">Survives a power cut, not only a killed process.</param>
/// <param name="Hash">Compute SHA-256 for the ledger.</param>
internal sealed record StoreOptions(bool Durable, bool Hash);

internal enum StoreOutcome
{
    Stored,

    /// <summary>Another process stored the same content meanwhile.</summary>
    Repeated,

    /// <summary>Another file has the key.</summary>
    Taken,

    /// <summary>The key was deleted before.</summary>
    Buried,

    /// <summary>The content is refused.</summary>
    Blocked,

    /// <summary>Its owner's quota has no room, and none could be made.</summary>
    OverQuota,
}
