using System.Text.Json;

namespace HmacFileServer.Doctor.Arrival;

/// <summary>How a probe arrived.</summary>
/// <param name="Path">Decoded, as the server received it.</param>
/// <param name="BodyMilliseconds">From the moment the head was there to the last byte.</param>
internal sealed record ProbeArrival(string Path, string Authorization, long Bytes, long BodyMilliseconds)
{
    /// <summary>Null when the running server is too old to tell.</summary>
    public string? ContentType { get; init; }

    /// <summary>X-Request-ID or Request-Id; empty when none arrived.</summary>
    public string? RequestId { get; init; }

    public byte[] Write()
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("path", Path);
            json.WriteString("authorization", Authorization);
            json.WriteNumber("bytes", Bytes);
            json.WriteNumber("bodyMilliseconds", BodyMilliseconds);
            json.WriteString("contentType", ContentType);
            json.WriteString("requestId", RequestId);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <returns>Null when it is no such answer.</returns>
    public static ProbeArrival? Read(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            return new ProbeArrival(
                root.GetProperty("path").GetString()!,
                root.GetProperty("authorization").GetString()!,
                root.GetProperty("bytes").GetInt64(),
                root.GetProperty("bodyMilliseconds").GetInt64())
            {
                ContentType = root.TryGetProperty("contentType", out var type) ? type.GetString() : null,
                RequestId = root.TryGetProperty("requestId", out var id) ? id.GetString() : null,
            };
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }
}
