using System.Buffers;
using HmacFileServer.Slots;
using HmacFileServer.Slots.Schemes;
using HmacFileServer.Storage;

namespace HmacFileServer.Ledger;

/// <summary>
/// Who a file belongs to: the token's subject; else the first segment of a path as ejabberd makes them, a hash of the
/// user's address that stays the same. Prosody's URL schemes name nobody, and neither does a token without a subject:
/// whoever issued it would have named one, and the path is the client's to choose.
/// </summary>
internal static class Owners
{
    private const int HashDigits = 40; // SHA-1 in hex, mod_http_upload's jid_in_url: sha1

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    public static string? Of(UploadSlot slot) => Of(slot.Key, Named(slot));

    /// <param name="named">Null where nobody was asked, empty where nobody was named.</param>
    public static string? Of(BlobKey key, string? named) =>
        named is null ? OfPath(key) : named.Length > 0 ? named : null;

    /// <summary>What a file has to say of its owner, for a ledger that is made anew: what its path would not.</summary>
    public static string? ToKeep(UploadSlot slot) =>
        Named(slot) is { } named && (named.Length > 0 || OfPath(slot.Key) is not null) ? named : null;

    private static string? Named(UploadSlot slot) =>
        slot.Scheme == JwtScheme.SchemeName ? slot.Terms.Owner ?? "" : slot.Terms.Owner;

    private static string? OfPath(BlobKey key)
    {
        var path = key.Text.AsSpan();
        return path.Count('/') == 2 && path.IndexOf('/') == HashDigits && !path[..HashDigits].ContainsAnyExcept(Hex)
            ? path[..HashDigits].ToString()
            : null;
    }
}
