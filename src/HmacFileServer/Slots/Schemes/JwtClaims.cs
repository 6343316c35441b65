using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HmacFileServer.Telemetry.Logs;

namespace HmacFileServer.Slots.Schemes;

/// <summary>
/// The claims of Prosody's mod_http_file_share. Read only after the signature has verified: what stands here was
/// written by somebody who holds the secret, and is checked all the same.
/// </summary>
internal sealed record JwtClaims
{
    private const int MaxDepth = 8;

    // A name in another script would become six characters a letter, and Dino drops a header of 8192.
    private static readonly JsonWriterOptions Short = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required string Slot { get; init; }

    public required string FileName { get; init; }

    public required long FileSize { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>Unix seconds.</summary>
    public long? IssuedAt { get; init; }

    public string? FileType { get; init; }

    public string? Subject { get; init; }

    /// <summary>Unix seconds after which the file is to be deleted.</summary>
    public long? FileExpires { get; init; }

    /// <summary>Whether the header says HS256 and demands nothing we don't know (RFC 7515 section 4.1.11).</summary>
    public static bool IsOurAlgorithm(ReadOnlySpan<char> header)
    {
        using var json = Json(header);
        return json is { RootElement: { ValueKind: JsonValueKind.Object } root }
            && root.TryGetProperty("alg", out var alg) && alg.ValueKind == JsonValueKind.String
            && alg.ValueEquals("HS256")
            && !root.TryGetProperty("crit", out _);
    }

    /// <returns>Null when a claim is missing or not of its type.</returns>
    public static JwtClaims? Read(ReadOnlySpan<char> payload) => Read(payload, out _);

    /// <param name="problem">What can't be used: the claim's name, not its value.</param>
    /// <returns>Null when a claim is missing, not of its type, or, of the owner, can't be shown.</returns>
    public static JwtClaims? Read(ReadOnlySpan<char> payload, out string problem)
    {
        using var json = Json(payload);
        if (json is not { RootElement: { ValueKind: JsonValueKind.Object } root })
        {
            problem = "its payload is not a JSON object";
            return null;
        }

        var (slot, fileName) = (Text(root, "slot"), Text(root, "filename"));
        var (fileSize, expires) = (Whole(root, "filesize"), Whole(root, "exp"));
        var subject = Text(root, "sub");
        var unusable = string.IsNullOrEmpty(slot) ? "slot"
            : string.IsNullOrEmpty(fileName) ? "filename"
            : fileSize is not >= 0 ? "filesize"
            : expires is null ? "exp"
            : subject is not null && !VisibleText.IsPlain(subject) ? "sub"
            : null;
        problem = unusable == "sub"
            ? "the claim sub contains characters that can't be seen"
            : $"the claim {unusable} is missing or not of its type";
        if (unusable is not null)
        {
            return null;
        }

        return new JwtClaims
        {
            Slot = slot!,
            FileName = fileName!,
            FileSize = fileSize!.Value,
            ExpiresAt = expires!.Value,
            IssuedAt = Whole(root, "iat"),
            FileType = Text(root, "filetype"),
            Subject = subject,
            FileExpires = Whole(root, "expires"),
        };
    }

    /// <summary>The payload, base64url: the same claims that <see cref="Read(ReadOnlySpan{char})"/> takes.</summary>
    public string Write()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Short))
        {
            json.WriteStartObject();
            json.WriteString("slot", Slot);
            json.WriteString("filename", FileName);
            json.WriteNumber("filesize", FileSize);
            json.WriteNumber("exp", ExpiresAt);
            WriteNumber(json, "iat", IssuedAt);
            WriteText(json, "filetype", FileType);
            WriteText(json, "sub", Subject);
            WriteNumber(json, "expires", FileExpires);
            json.WriteEndObject();
        }

        return Base64Url.EncodeToString(buffer.WrittenSpan);
    }

    private static void WriteText(Utf8JsonWriter json, string claim, string? value)
    {
        if (value is not null)
        {
            json.WriteString(claim, value);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string claim, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(claim, number);
        }
    }

    private static JsonDocument? Json(ReadOnlySpan<char> base64Url)
    {
        try
        {
            return JsonDocument.Parse(
                Base64Url.DecodeFromChars(base64Url), new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, string claim)
    {
        try
        {
            return root.TryGetProperty(claim, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (InvalidOperationException)
        {
            return null; // a lone surrogate is JSON, but no text
        }
    }

    /// <summary>Prosody's Lua writes 1000 as 1000.0 when the client asked for "1e3": an integer all the same.</summary>
    private static long? Whole(JsonElement root, string claim)
    {
        const double MaxExact = 9007199254740992; // 2^53
        if (!root.TryGetProperty(claim, out var value) || value.ValueKind != JsonValueKind.Number)
        {
            return null;
        }

        if (value.TryGetInt64(out var whole))
        {
            return whole;
        }

        return value.TryGetDouble(out var number) && number == Math.Floor(number) && Math.Abs(number) <= MaxExact
            ? (long)number
            : null;
    }
}
