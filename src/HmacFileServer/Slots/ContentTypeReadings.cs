namespace HmacFileServer.Slots;

/// <summary>
/// The issuer signed the content-type attribute of the slot request as it stood; the client sends it again as a
/// header, and its HTTP library may respell it. Never guessed from the file's extension: that is how others came to
/// refuse .txt and .m4a.
/// </summary>
internal static class ContentTypeReadings
{
    public const string Default = "application/octet-stream";

    /// <param name="header">The Content-Type header; null when absent or empty.</param>
    public static string[] Of(string? header)
    {
        if (header is null)
        {
            // Prosody signs the default when the attribute is missing, and "" when it is empty.
            return [Default, ""];
        }

        var parts = header.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var spaced = string.Join("; ", parts).ToLowerInvariant();
        var tight = string.Join(';', parts).ToLowerInvariant();
        return [.. new[] { header, spaced, tight }.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Whether two headers name the same media type, parameters and spelling aside (RFC 9110 section 8.3.1).
    /// </summary>
    public static bool SameType(string? one, string? other) => MediaType(one) == MediaType(other);

    private static string MediaType(string? header)
    {
        var type = (header ?? "").Split(';', 2)[0].Trim().ToLowerInvariant();
        return type.Length == 0 ? Default : type;
    }
}
