using System.Buffers;
using HmacFileServer.Storage;

namespace HmacFileServer.Ledger;

/// <summary>
/// Who a file belongs to: the token's subject; else the first segment of a path as ejabberd makes them, a hash of the
/// user's address that stays the same. Prosody's URL schemes name nobody.
/// </summary>
internal static class Owners
{
    private const int HashDigits = 40; // SHA-1 in hex, mod_http_upload's jid_in_url: sha1

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    public static string? Of(BlobKey key, string? told)
    {
        if (!string.IsNullOrEmpty(told))
        {
            return told;
        }

        var path = key.Text.AsSpan();
        return path.Count('/') == 2 && path.IndexOf('/') == HashDigits && !path[..HashDigits].ContainsAnyExcept(Hex)
            ? path[..HashDigits].ToString()
            : null;
    }
}
