namespace HmacFileServer.Doctor.Clients;

/// <summary>
/// How a client uploads, as read in its source (a release each) and tried against real servers. Every time is one of
/// silence, but
/// <see cref="Total"/>.
/// </summary>
internal sealed record ClientFacts(string Name)
{
    /// <summary>Whether it asks for HTTP/2 where the proxy offers it.</summary>
    public bool SpeaksHttp2 { get; init; }

    /// <summary>How long one write may take; null for ever.</summary>
    public TimeSpan? WriteStall { get; init; }

    /// <summary>
    /// One write is this part of the file (Gajim: 1 %), so that a slow line fails however steady it is.
    /// </summary>
    public double? WritePart { get; init; }

    /// <summary>How long it waits for the answer after the last byte; null for ever.</summary>
    public TimeSpan? Answer { get; init; }

    /// <summary>How long the whole upload may take; null for ever.</summary>
    public TimeSpan? Total { get; init; }

    /// <summary>
    /// Whether it dies of a connection where nothing arrives while it sends, as HTTP/2 behind a storing proxy is.
    /// </summary>
    public TimeSpan? SilentWhileSending { get; init; }

    /// <summary>What else it does.</summary>
    public required string Quirk { get; init; }

    /// <summary>What its user can do about it.</summary>
    public required string Remedy { get; init; }

    /// <summary>
    /// The slowest line, in bytes a second, that this client survives with a file of that size; 0 for any.
    /// </summary>
    public double LeastRate(long bytes)
    {
        var byWrites = WritePart is { } part && WriteStall is { } stall ? bytes * part / stall.TotalSeconds : 0;
        var byTotal = Total is { } total ? bytes / total.TotalSeconds : 0;
        return Math.Max(byWrites, byTotal);
    }
}

/// <summary>The clients people use. Versions matter: 2.4.0 of Gajim had 10 s, 2.4.1 had 5 s.</summary>
internal static class KnownClients
{
    private static readonly TimeSpan Ten = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Thirty = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Sixty = TimeSpan.FromSeconds(60);

    public static readonly IReadOnlyList<ClientFacts> All =
    [
        // gajim/common/multiprocess/http.py: chunks of max(size/100, 100 KB), each sent within the timeout of 30 s.
        new("Gajim")
        {
            WriteStall = Thirty, WritePart = 0.01, Answer = Thirty,
            Quirk = "sends 1 % of the file at a time, each within 30 s",
            Remedy = "2.4.2 or later: 2.4.0 gave 10 s, 2.4.1 gave 5 s",
        },
        new("Gajim 1.x-2.3")
        {
            SpeaksHttp2 = true, WriteStall = Sixty, Answer = Sixty, SilentWhileSending = Sixty,
            Quirk = "libsoup, as Dino", Remedy = "update to 2.4.2 or later",
        },

        // libsoup's io_timeout of 60 s counts what arrives on an HTTP/2 connection, even while it is sending.
        new("Dino")
        {
            SpeaksHttp2 = true, WriteStall = Sixty, Answer = Sixty, SilentWhileSending = Sixty,
            Quirk = "refuses a file of exactly the maximum", Remedy = "nothing; the proxy must not store uploads first",
        },

        // OkHttp: writeTimeout 30 s, readTimeout 0 since 2.9.11 (2021), no callTimeout.
        new("Conversations")
        {
            SpeaksHttp2 = true, WriteStall = Thirty,
            Quirk = "sends everything again on its own, to the next address of the host",
            Remedy = "nothing; it has no limit of its own",
        },
        new("Monal")
        {
            SpeaksHttp2 = true, WriteStall = Sixty, Answer = Sixty, Total = TimeSpan.FromDays(7),
            Quirk = "holds the file in memory; downloads break from 2 GB on",
            Remedy = "send large files from another client",
        },
        new("Siskin")
        {
            SpeaksHttp2 = true, WriteStall = Sixty, Answer = Sixty, Total = TimeSpan.FromDays(7),
            Quirk = "takes 201 alone for success", Remedy = "nothing",
        },
        new("Converse.js")
        {
            SpeaksHttp2 = true,
            Quirk = "a browser: needs CORS headers on errors, too", Remedy = "keep the page open",
        },
        new("Profanity") { SpeaksHttp2 = true, Quirk = "curl without timeouts", Remedy = "nothing needed" },
        new("slixmpp") { Quirk = "no timeout unless the bot sets one", Remedy = "timeout= in upload_file()" },
        new("Movim")
        {
            Total = Ten, Answer = Ten,
            Quirk = "its server uploads, within 10 s in all",
            Remedy = "the line between Movim's server and this one counts, not the user's",
        },
        new("go-sendxmpp") { Quirk = "holds the file in memory", Remedy = "nothing needed" },
    ];
}
