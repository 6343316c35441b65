using System.Text.Json;

namespace HmacFileServer.Commands.Migrate;

/// <summary>xmpp-http-upload's <c>.meta</c>: <c>{"headers": {"Content-Type": "image/jpeg", ...}}</c>.</summary>
internal static class UploadHeaders
{
    public static string? ContentType(string? json)
    {
        if (json is null)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("headers", out var headers)
                && headers.ValueKind == JsonValueKind.Object
                ? headers.EnumerateObject()
                    .Where(header => header.NameEquals("Content-Type") || header.NameEquals("content-type"))
                    .Select(header => header.Value.ValueKind == JsonValueKind.String ? header.Value.GetString() : null)
                    .FirstOrDefault()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
