namespace HmacFileServer.Interop.Support.Clients;

/// <summary>A slot as the chat server issued it.</summary>
internal sealed record Slot(string Put, string Get, IReadOnlyDictionary<string, string> Headers);

/// <summary>One PUT. The body is made from the seed: one random block, repeated.</summary>
internal sealed record Upload(string Url, long Size)
{
    public string? Type { get; init; } = "application/octet-stream";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public int Seed { get; init; } = 1;

    /// <summary>How long the client takes to send the body; zero sends as fast as it can.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Whether it sends everything before it looks for an answer, as simple clients do.</summary>
    public bool IsStubborn { get; init; }
}

/// <summary>What came back: a status, or <see cref="Failure"/> when the connection broke before any answer.</summary>
internal sealed record HttpAnswer(
    int Status,
    string? Failure,
    IReadOnlyDictionary<string, string> Headers,
    string Text,
    long Length,
    string Sha256,
    long Sent,
    string SentSha256);
