using System.Text.Json;
using System.Text.Json.Serialization;

namespace HmacFileServer.Tests.Slots;

/// <summary>A slot as a real Prosody or ejabberd issued it. Captured, never computed by us.</summary>
internal sealed record Vector(
    string Issuer,
    string Secret,
    string Target,
    string Key,
    long Size,
    string Type,
    string? Authorization,
    [property: JsonPropertyName("issued_at")] long? IssuedAt)
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static readonly IReadOnlyList<Vector> All = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Slots", "vectors.json")), Options)!;

    /// <summary>Issuers sign names that no file can have, and negative sizes.</summary>
    public bool IsPossible => Size >= 0 && !Key.Split('/').Any(segment => segment is "" or "." or "..");

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeSeconds(IssuedAt ?? 1_700_000_000);

    public string Query =>
        Target.Contains('?', StringComparison.Ordinal) ? Target[Target.IndexOf('?', StringComparison.Ordinal)..] : "";

    public override string ToString() => $"{Issuer}: {Key}, {Size} bytes";
}
