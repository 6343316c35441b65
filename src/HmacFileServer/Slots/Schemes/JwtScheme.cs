using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Http;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Storage;

namespace HmacFileServer.Slots.Schemes;

/// <summary>
/// <c>Authorization: Bearer header.payload.mac</c>: a JWS (RFC 7515) with HS256 and the claims of Prosody's
/// mod_http_file_share. <c>?jwt=header.payload.mac</c>, the same, where a slot is a URL and nothing else (XEP-0363
/// before 0.3); and see <see cref="TokenPath"/>. Verified by hand, for the libraries refuse keys under 32 bytes, which
/// Prosody's own documentation shows.
/// <para>
/// Prosody compares the slot alone; we compare the file name too, as it issues it, so that one token can't store many
/// files. A token holds until the later of <c>exp</c> and <c>iat</c> + hmac_validity: a proxy that buffers the whole
/// body shows us the head when Prosody's 300 seconds are long over.
/// </para>
/// </summary>
internal sealed class JwtScheme : ISlotScheme
{
    public const string SchemeName = "jwt";

    // {"alg":"HS256","typ":"JWT"}
    private const string Header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

    // Twice what a name, a type and an address of the greatest length make. More is not worth a hash.
    private const int MaxTokenLength = 16 << 10;

    // RFC 4648 section 5, and the dots
    private static readonly SearchValues<char> Alphabet = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    public string Name => SchemeName;

    /// <summary>The token that this scheme accepts for the claims.</summary>
    public static string Sign(JwtClaims claims, Secret secret)
    {
        var message = $"{Header}.{claims.Write()}";
        var mac = HMACSHA256.HashData(secret.Bytes.Span, Encoding.ASCII.GetBytes(message));
        return $"{message}.{Base64Url.EncodeToString(mac)}";
    }

    public ImmutableArray<Secret> Keys(SecuritySettings security) => security.JwtSecrets;

    public bool IsPresent(SlotRequest request) => Token(request) is not null;

    public bool TryReadMac(SlotRequest request, Span<byte> mac)
    {
        var token = Token(request)!;
        if (token.Length > MaxTokenLength || token.AsSpan().ContainsAnyExcept(Alphabet))
        {
            return false; // the decoder skips white space, which the messages of URL schemes contain
        }

        var text = token.AsSpan(token.LastIndexOf('.') + 1);
        return Base64Url.DecodeFromChars(text, mac, out _, out var written) == OperationStatus.Done
            && written == mac.Length;
    }

    public int Readings(SlotRequest request) => 1;

    public void WriteMessage(SlotRequest request, int reading, IBufferWriter<byte> message)
    {
        var token = Token(request)!;
        Encoding.UTF8.GetBytes(token.AsSpan(0, token.LastIndexOf('.')), message);
    }

    public Refusal? Admit(SlotRequest request, int reading, SecuritySettings security, out SlotTerms terms)
    {
        terms = null!;
        var token = Token(request).AsSpan();
        var payload = token[(token.IndexOf('.') + 1)..token.LastIndexOf('.')];
        if (!JwtClaims.IsOurAlgorithm(token[..token.IndexOf('.')]) || JwtClaims.Read(payload) is not { } claims)
        {
            return Refusal.BadSignature;
        }

        if (Judge(claims, request.ArrivedAt, security) is { } untimely)
        {
            return untimely;
        }

        if (request.Key.Text != $"{claims.Slot}/{claims.FileName}")
        {
            return Refusal.WrongSlot;
        }

        if (request.Length is { } length && length != claims.FileSize)
        {
            return Refusal.WrongSize;
        }

        if (claims.Subject is { } owner && Encoding.UTF8.GetByteCount(owner) > BlobMetadata.MaxOwnerBytes)
        {
            return Refusal.BadRequest;
        }

        terms = new SlotTerms
        {
            Length = claims.FileSize,
            ContentType = string.IsNullOrEmpty(claims.FileType) ? request.ContentType : claims.FileType,
            DeclaredType = claims.FileType,
            Owner = claims.Subject,
            IssuedAt = claims.IssuedAt is { } issued ? FromUnix(issued) : null,
            FileExpires = claims.FileExpires is { } expires ? FromUnix(expires) : null,
        };
        return null;
    }

    public static bool IsSignedOurWay(SlotRequest request) =>
        Token(request) is { } token
            && JwtClaims.IsOurAlgorithm(token.AsSpan(0, token.IndexOf('.', StringComparison.Ordinal)));

    /// <summary>What of a token can't be used, for the log: which claim, never its value.</summary>
    public static string? Complaint(SlotRequest request)
    {
        var token = Token(request).AsSpan();
        if (!IsSignedOurWay(request))
        {
            return "its algorithm is not HS256, or it demands an extension (crit)";
        }

        return JwtClaims.Read(token[(token.IndexOf('.') + 1)..token.LastIndexOf('.')], out var problem) is null
            ? problem
            : null;
    }

    private static Refusal? Judge(JwtClaims claims, DateTimeOffset arrivedAt, SecuritySettings security)
    {
        var until = FromUnix(claims.ExpiresAt);
        if (claims.IssuedAt is { } issued)
        {
            var issuedAt = FromUnix(issued);
            if (issuedAt > arrivedAt + security.ClockSkew.Time)
            {
                return Refusal.NotYetValid;
            }

            var leeway = issuedAt + security.HmacValidity.Time;
            until = leeway > until ? leeway : until;
        }

        // A file that is to be gone already can't be stored: it would be answered 201 and never served.
        var goneAt = claims.FileExpires is { } expires ? FromUnix(expires) : DateTimeOffset.MaxValue;
        return arrivedAt > until || arrivedAt >= goneAt ? Refusal.Expired : null;
    }

    private static DateTimeOffset FromUnix(long seconds) =>
        // year 8307: what a date can hold, with room for hmac_validity
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 0, 200_000_000_000));

    /// <summary>The header's, else the query's, else the path's: one is selected, whether it verifies or not.</summary>
    private static string? Token(SlotRequest request) =>
        HasTwoDots(request.BearerToken) ? request.BearerToken
        : request.Target.Parameter("jwt") is { } token && HasTwoDots(token) ? token
        : request.PathToken;

    private static bool HasTwoDots(string? token) => token is not null && token.AsSpan().Count('.') == 2;
}
