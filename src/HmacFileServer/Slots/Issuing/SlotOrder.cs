using HmacFileServer.Settings.Values;

namespace HmacFileServer.Slots.Issuing;

/// <summary>What an uploader wants to store, as the XMPP server vouches for who it is and for nothing else.</summary>
/// <param name="Owner">The uploader's bare JID.</param>
/// <param name="FileName">Not yet a name a file can have.</param>
/// <param name="Size">In bytes; not yet a size a file can have.</param>
internal sealed record SlotOrder(string Owner, string FileName, long Size)
{
    /// <summary>As the client said it; null or empty when it did not.</summary>
    public string? ContentType { get; init; }

    public SlotPurpose Purpose { get; init; }

    /// <summary>When the file must be gone; XEP-0363 section 4.</summary>
    public DateTimeOffset? ExpireBefore { get; init; }
}

/// <summary>What a file is for (urn:xmpp:http:upload:purpose:0). Who says nothing means the first.</summary>
internal enum SlotPurpose
{
    Message,
    Profile,
    Ephemeral,
    Permanent,
}

/// <summary>Permission to upload, and where the file will be found.</summary>
/// <param name="BaseUrl">What every URL begins with.</param>
/// <param name="Path">The file's, escaped.</param>
/// <param name="GetQuery">The signature of downloads, where they need one; empty, or with its "?".</param>
internal sealed record IssuedSlot(string BaseUrl, string Path, string GetQuery, string Token)
{
    /// <summary>For a PUT with <see cref="Authorization"/>.</summary>
    public string PutUrl => BaseUrl + Path;

    public string Authorization => $"Bearer {Token}";

    /// <summary>For a PUT that can't be given a header.</summary>
    public string PutUrlWithToken => $"{PutUrl}?jwt={Token}";

    /// <summary>For a PUT that can't be given a query, either.</summary>
    public string PutUrlWithTokenInPath => BaseUrl + TokenPath.Of(Token) + Path;

    public string GetUrl => PutUrl + GetQuery;
}

/// <summary>Why there is no slot. Each entrance words it in its own protocol.</summary>
internal sealed record SlotDenial(SlotDenialReason Reason, string Sentence)
{
    /// <summary>When asking again may help; null when nobody knows.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>The largest file there could be a slot for.</summary>
    public long? MaxSize { get; init; }

    public static SlotDenial TooLarge(long most) =>
        new(SlotDenialReason.TooLarge, $"The file is too large: at most {new ByteSize(most)}.") { MaxSize = most };

    /// <summary>For logs and metrics.</summary>
    public string Code => Reason switch
    {
        SlotDenialReason.BadName => "bad-name",
        SlotDenialReason.BadSize => "bad-size",
        SlotDenialReason.BadExpiry => "bad-expiry",
        SlotDenialReason.TooLarge => "too-large",
        SlotDenialReason.TypeNotAllowed => "type-not-allowed",
        SlotDenialReason.NotAllowed => "not-allowed",
        SlotDenialReason.TooMany => "too-many",
        SlotDenialReason.OverQuota => "over-quota",
        _ => "storage-full",
    };
}

internal enum SlotDenialReason
{
    BadName,
    BadSize,
    BadExpiry,
    TooLarge,
    TypeNotAllowed,
    NotAllowed,
    TooMany,
    OverQuota,
    StorageFull,
}
