using HmacFileServer.Downloads;
using HmacFileServer.Storage;

namespace HmacFileServer.Slots;

/// <summary>
/// Verified permission to store one blob. Only <see cref="SlotVerifier"/> makes one, so code that holds one need
/// not ask again.
/// </summary>
/// <param name="Key">What may be written.</param>
/// <param name="Scheme">The scheme that vouched for it.</param>
/// <param name="Terms">What was promised with the signature.</param>
internal sealed record UploadSlot(BlobKey Key, string Scheme, SlotTerms Terms);

/// <summary>What a signature says about an upload, beyond its key.</summary>
internal sealed record SlotTerms
{
    /// <summary>The exact number of bytes.</summary>
    public required long Length { get; init; }

    /// <summary>
    /// The type to store: the signed one where the scheme signs it, else the header's; null when neither says, and that
    /// of mere bytes when it is no media type.
    /// </summary>
    public string? ContentType { get; init => field = MediaTypes.Storable(value); }

    /// <summary>The type the slot was asked for, where the scheme tells it apart from the header.</summary>
    public string? DeclaredType { get; init; }

    /// <summary>Who uploads, where the scheme tells; never from a header.</summary>
    public string? Owner { get; init; }

    /// <summary>When the slot was issued, where the scheme tells.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>When the stored file is to be gone; null for never.</summary>
    public DateTimeOffset? FileExpires { get; init; }
}
