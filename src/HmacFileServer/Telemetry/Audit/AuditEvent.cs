using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HmacFileServer.Telemetry.Audit;

/// <summary>One line of the audit log. What is null is not written.</summary>
/// <param name="Name">stored, repeated, refused, deleted, slot-refused, limited, blocked, exported, rebuilt,
/// taken-over, started, stopped, reloaded.</param>
internal sealed record AuditEvent(string Name, Actor? Actor = null)
{
    // Each line is looked through for secrets, as they stand in JSON with the fewest escapes.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string? Key { get; init; }

    public long? Bytes { get; init; }

    public string? Owner { get; init; }

    public string? Scheme { get; init; }

    public int? Status { get; init; }

    public string? Code { get; init; }

    public string? Reason { get; init; }

    public string? Sha256 { get; init; }

    public long? Files { get; init; }

    public string? Detail { get; init; }

    public ReadOnlySpan<byte> Json(DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", null));
            json.WriteString("event", Name);
            Write(json, "key", Key);
            Write(json, "bytes", Bytes);
            Write(json, "owner", Owner);
            Write(json, "scheme", Scheme);
            Write(json, "status", Status);
            Write(json, "code", Code);
            Write(json, "reason", Reason);
            Write(json, "sha256", Sha256);
            Write(json, "files", Files);
            Write(json, "detail", Detail);
            Write(json, "by", Actor?.By);
            Write(json, "user", Actor?.User);
            Write(json, "address", Actor?.Address);
            Write(json, "request", Actor?.Request);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void Write(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }
}
