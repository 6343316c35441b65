using System.Text;

namespace HmacFileServer.Settings.Values;

/// <summary>
/// An HMAC key: the UTF-8 bytes of the configured string as they are, never decoded from hex or base64, as every issuer
/// does it. Prints as nothing useful, so that no log or record dump can give it away.
/// </summary>
internal sealed class Secret(string text) : IEquatable<Secret>
{
    /// <summary>Shorter ones start with a warning: operators bring the key their XMPP server has.</summary>
    public const int WeakBelowBytes = 16;

    // From the example configurations of the servers that people come from: prosody-filer, hmac-file-server,
    // Prosody's and ejabberd's documentation. Whoever copies the example has no secret.
    private static readonly string[] PublishedPrefixes =
    [
        "change-me", "changeme", "change_me", "change me", "mysecret", "f6g4ldPv", "your-secret", "your_secret",
        "your-hmac", "your-very-secret", "your-super-secret", "yoursecret", "your-production", "supersecret",
        "super-secret", "hmac-file-server-is-the-win", "it-is-secret", "this is your secret string", "replace-me",
        "replace_me", "a-strong-secret", "example-secret", "some long random secret", "stronglongsecret", "<secret>",
    ];

    private static readonly string[] PublishedWords = ["secret", "password", "hmac-secret", "s3cr3t", "test", "hmac"];

    // As a JSON log spells it (RFC 8259 section 7).
    private readonly string escaped =
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    public ReadOnlyMemory<byte> Bytes { get; } = Encoding.UTF8.GetBytes(text);

    public bool IsWeak => Bytes.Length < WeakBelowBytes;

    /// <summary>Whether the secret is one that was published in an example, and so is known to everybody.</summary>
    public bool IsPublished =>
        PublishedPrefixes.Any(prefix => text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        || PublishedWords.Contains(text, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether <paramref name="line"/> gives the secret away. For the log's redaction only.</summary>
    public bool IsIn(string line) => text.Length >= 8
        && (line.Contains(escaped, StringComparison.Ordinal) || line.Contains(text, StringComparison.Ordinal));

    /// <summary>Where it stands in <paramref name="line"/>, in either spelling.</summary>
    public IEnumerable<(int Start, int Length)> Find(string line)
    {
        foreach (var spelling in escaped == text ? [text] : new[] { escaped, text })
        {
            for (var at = 0; line.IndexOf(spelling, at, StringComparison.Ordinal) is >= 0 and var start;)
            {
                yield return (start, spelling.Length);
                at = start + spelling.Length;
            }
        }
    }

    public bool Equals(Secret? other) => other is not null && Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode() => Bytes.Length;

    public override string ToString() => "(secret)";
}
