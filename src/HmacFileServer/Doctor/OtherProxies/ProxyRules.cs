using System.Globalization;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.OtherProxies;

/// <summary>What the rules for Caddy, HAProxy and Apache have in common.</summary>
internal static class ProxyRules
{
    public const string NoLength = "A compressed answer has no Content-Length: some clients then don't show the file.";
    public const string Kept = "The server hears of an upload only after its last byte. Tokens die meanwhile, Dino "
        + "gives up after 60 s.";
    public const string Silence = "A phone that pauses, or a busy disk, ends the upload: 408, 502 or 504. It is not "
        + "the time an upload may take.";
    public const string Password = "XMPP clients have none for it: every upload and download gets 401 from the proxy.";
    public const string Redirected = "Clients turn a redirected PUT into a GET, take its 200 for success, and report a "
        + "file as sent that never was.";
    public const string Window = "Over HTTP/2 a client may have only 64 KB on the way. Dino, Conversations, Monal and "
        + "Siskin use HTTP/2.";
    public const int GoodWindow = 512 << 10;

    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(60); // Dino, Monal and Siskin wait as long

    public static bool IsShort(string text, double bareSeconds) =>
        ProxyFile.Time(text, bareSeconds) is { } time && time > TimeSpan.Zero && time < Patient;

    public static string Bytes(string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var bytes) ? Words.Size(bytes) : text;

    public static Finding About(
        ProxyLine line, Severity severity, string code, string title, string effect, string better) =>
        new(severity, code, Link.Proxy, title) { Effect = effect, Place = line.Place, Edit = line.Become(better) };

    /// <summary>
    /// A line that must go. One that opens a block is told in words: a comment there would leave the closing brace
    /// alone.
    /// </summary>
    public static Finding Without(ProxyLine line, Severity severity, string code, string title, string effect) =>
        line.Words[^1] == "{"
            ? new Finding(severity, code, Link.Proxy, title)
            {
                Effect = effect,
                Place = line.Place,
                Remedy = "Take this block away.",
            }
            : About(line, severity, code, title, effect, "# " + line.Text.Trim());

    /// <summary>A line that is missing below <paramref name="line"/>.</summary>
    public static Finding Missing(
        ProxyLine line, Severity severity, string code, string title, string effect, string text) =>
        new(severity, code, Link.Proxy, title) { Effect = effect, Place = line.Place, Edit = line.Follow(text) };
}
