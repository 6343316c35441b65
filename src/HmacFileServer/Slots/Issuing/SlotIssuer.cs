using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Http;
using HmacFileServer.Ledger;
using HmacFileServer.Settings;
using HmacFileServer.Slots.Schemes;
using HmacFileServer.Storage;

namespace HmacFileServer.Slots.Issuing;

/// <summary>
/// Gives permission to upload one file, or says why not while the user can still choose another. The permission is a
/// token as mod_http_file_share issues them, so that one verifier serves both; it binds owner, key, size, type and
/// both expiries.
/// </summary>
internal sealed class SlotIssuer(UploadAllowance allowance, SlotRate rate, TimeProvider time)
{
    private const int RandomBytes = 18;         // 144 bits, 24 characters; XEP-0363 section 11 asks for long ones
    private const int MaxNameBytes = 1024;      // token and URL stay below what proxies (8 KiB) and Dino (8191) take

    // hmac_validity = "0s" means that a token's exp alone counts; then a slot lives as long as Prosody's.
    private static readonly TimeSpan LeastValidity = TimeSpan.FromSeconds(300);

    /// <returns>Null, and the slot; or why not.</returns>
    /// <exception cref="LedgerException">What is stored can't be looked up.</exception>
    public SlotDenial? Issue(SlotOrder order, ServerSettings rules, out IssuedSlot slot)
    {
        slot = null!;
        var now = time.GetUtcNow();
        if (Judge(order, rules, now, out var key) is { } denial)
        {
            return denial;
        }

        if (rate.Count(order.Owner, rules.Xmpp.SlotsPerMinute, now) is { } retryAt)
        {
            return new(SlotDenialReason.TooMany, "You ask for too many uploads. Try again shortly.")
            {
                RetryAt = retryAt,
            };
        }

        if (allowance.Ask(order.Owner, order.Size, rules, now) is { } full)
        {
            return full;
        }

        slot = Grant(key, order, rules, now);
        return null;
    }

    /// <summary>A random key for the name; no name, however odd, leads out of its own folder.</summary>
    /// <returns><see langword="false"/> when no file can have that name.</returns>
    public static bool TryMakeKey(string fileName, out BlobKey key)
    {
        key = null!;
        return fileName.Length <= MaxNameBytes
            && Encoding.UTF8.GetByteCount(fileName) <= MaxNameBytes
            && !fileName.Contains('/', StringComparison.Ordinal)
            && BlobKey.TryParse(
                $"{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes))}/{fileName}", out key);
    }

    /// <summary>The slot itself, of a key with at least two segments, for whoever has decided already.</summary>
    public static IssuedSlot Grant(BlobKey key, SlotOrder order, ServerSettings rules, DateTimeOffset now)
    {
        var slash = key.Text.IndexOf('/', StringComparison.Ordinal);
        var validity = rules.Security.HmacValidity.Time;
        var claims = new JwtClaims
        {
            Slot = key.Text[..slash],
            FileName = key.Text[(slash + 1)..],
            FileSize = order.Size,
            // What can't be a header of every download is as if none was said.
            FileType = MediaType.TryParse(order.ContentType, out var type) ? type.Text : null,
            Subject = order.Owner.Length == 0 ? null : order.Owner,
            IssuedAt = now.ToUnixTimeSeconds(),
            ExpiresAt = (now + (validity > TimeSpan.Zero ? validity : LeastValidity)).ToUnixTimeSeconds(),
            FileExpires = GoneAt(order, rules.Xmpp, now)?.ToUnixTimeSeconds(),
        };
        var token = JwtScheme.Sign(claims, rules.Security.JwtSecrets[0]);
        return new IssuedSlot(SlotUrls.Base(rules), SlotUrls.Path(key), SlotUrls.DownloadQuery(rules, key, now), token);
    }

    private static SlotDenial? Judge(SlotOrder order, ServerSettings rules, DateTimeOffset now, out BlobKey key)
    {
        if (!TryMakeKey(order.FileName, out key))
        {
            return new(SlotDenialReason.BadName, "No file can have this name.");
        }

        if (order.Size <= 0)
        {
            return new(SlotDenialReason.BadSize, "The size must be a positive number of bytes."); // xs:positiveInteger
        }

        if (order.ExpireBefore is null && order.Purpose == SlotPurpose.Ephemeral)
        {
            return new(SlotDenialReason.BadExpiry, "An ephemeral file needs the time when it is to be gone.");
        }

        if (order.ExpireBefore <= now)
        {
            return new(SlotDenialReason.BadExpiry, "The file would be gone before it is uploaded.");
        }

        if (order.Size > rules.Server.MaxUploadSize.Bytes)
        {
            return SlotDenial.TooLarge(rules.Server.MaxUploadSize.Bytes);
        }

        return rules.Uploads.Takes(key.Extension)
            ? null
            : new(SlotDenialReason.TypeNotAllowed, "Files of this type are not taken.");
    }

    /// <summary>Not a second later than the client or the operator said.</summary>
    private static DateTimeOffset? GoneAt(SlotOrder order, XmppSettings xmpp, DateTimeOffset now)
    {
        var byAge = xmpp.Age(order.Purpose) is { } age ? now + age : (DateTimeOffset?)null;
        return byAge is { } ours && order.ExpireBefore is { } theirs && theirs < ours
            ? theirs
            : byAge ?? order.ExpireBefore;
    }
}
