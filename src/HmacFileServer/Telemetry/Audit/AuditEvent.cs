using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HmacFileServer.Telemetry.Logs;

namespace HmacFileServer.Telemetry.Audit;

/// <summary>One line of the audit log. What is null is not written.</summary>
/// <param name="Name">stored, repeated, refused, refused-again, deleted, slot-refused, limited, blocked, exported, rebuilt,
/// taken-over, started, stopped, reloaded.</param>
internal sealed record AuditEvent(string Name, Actor? Actor = null)
{
    // Each line is looked through for secrets, as they stand in JSON with the fewest escapes.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As it is where it was stored; of a refused request, an excerpt.</summary>
    public string? Key { get; init; }

    public long? Bytes { get; init; }

    public string? Owner { get; init; }

    public string? Scheme { get; init; }

    public int? Status { get; init; }

    public string? Code { get; init; }

    public string? Reason { get; init; }

    public string? Sha256 { get; init; }

    public long? Files { get; init; }

    /// <summary>How many of the kind this line stands for.</summary>
    public long? Count { get; init; }

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
            WriteHidden(json, "owner", Owner);
            Write(json, "scheme", Scheme);
            Write(json, "status", Status);
            Write(json, "code", Code);
            WriteHidden(json, "reason", Reason);
            Write(json, "sha256", Sha256);
            Write(json, "files", Files);
            Write(json, "count", Count);
            WriteHidden(json, "detail", Detail);
            Write(json, "by", Actor?.By);
            WriteHidden(json, "user", Actor?.User);
            Write(json, "address", Actor?.Address);
            WriteHidden(json, "request", Actor?.Request);
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

    private static void WriteHidden(Utf8JsonWriter json, string name, string? value) =>
        Write(json, name, value is null ? null : Credentials.Hide(value));

    private static void Write(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }
}
