using HmacFileServer.Downloads;

namespace HmacFileServer.Slots;

/// <summary>
/// The issuer signed the content-type attribute of the slot request as it stood. Clients respell it, send another or
/// none: QXmpp (Kaidan) and Psi+ send no header, Pidgin's plugin always the default, others a type where the slot had
/// none. So a short, fixed list of types is tried, and the one that was signed is the file's.
/// </summary>
internal static class ContentTypeReadings
{
    public const string Default = MediaTypes.Unknown;

    /// <param name="header">The Content-Type header; null when absent or empty.</param>
    /// <param name="extension">Of the key, without the dot.</param>
    /// <returns>The likeliest first; a dozen at most.</returns>
    public static string[] Of(string? header, string extension) =>
    [
        .. Spellings(header)
            .Append(Default) // what Prosody and Metronome sign when the attribute is missing
            .Append("")      // and when it is empty
            .Concat(MediaTypes.AllOfExtension(extension))
            .Distinct(StringComparer.Ordinal),
    ];

    /// <summary>
    /// Whether two headers name the same media type, parameters and spelling aside (RFC 9110 section 8.3.1).
    /// </summary>
    public static bool SameType(string? one, string? other) =>
        MediaTypes.Parse(one).Is(MediaTypes.Parse(other).Essence.ToString());

    private static IEnumerable<string> Spellings(string? header)
    {
        if (header is null)
        {
            yield break;
        }

        yield return header;
        var parts = header.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        yield return string.Join("; ", parts).ToLowerInvariant();
        yield return string.Join(';', parts).ToLowerInvariant();
        if (parts is [var essence, ..])
        {
            yield return essence; // also where a parameter is malformed
            yield return essence.ToLowerInvariant();
        }
    }
}
