namespace HmacFileServer.Interop.Support.Clients;

/// <summary>Names that clients send, each with what has gone wrong with it somewhere.</summary>
internal static class FileNames
{
    public static IReadOnlyDictionary<string, FileToShare> All { get; } = new Dictionary<string, FileToShare>
    {
        ["plain"] = new("plain.jpg", "image/jpeg"),
        ["spaces"] = new("holiday  photo 1 .jpg", "image/jpeg"),
        ["space at the end"] = new("notes .txt ", "text/plain"),
        ["umlaut"] = new("Grüße an Müller.png", "image/png"),
        ["cjk"] = new("日本語の写真.png", "image/png"),
        ["decomposed"] = new("e\u0301te\u0301 a\u030A.png", "image/png"), // NFD, as macOS has it
        ["plus"] = new("a+b+c.txt", "text/plain"),
        ["percent"] = new("100%.png", "image/png"),
        ["percent at the end"] = new("100%", "text/plain"),
        ["literal %20"] = new("a%20b.png", "image/png"),
        ["literal %2F"] = new("a%2Fb%2e%2e.png", "image/png"),
        ["ampersand"] = new("Tom & Jerry=1&v=2.webm", "video/webm"),
        ["hash"] = new("track #1.ogg", "audio/ogg"),
        ["question mark"] = new("why?v=1.bin", "application/octet-stream"),
        ["double quotes"] = new("\"quoted\".txt", "text/plain"),
        ["single quotes"] = new("it's 'fine'.txt", "text/plain"),
        ["backslash"] = new("C:\\temp\\a.txt", "text/plain"),
        ["punctuation"] = new("a;b,c:d~e*(f)[g]{h}|i^j`k@l!$<m>.txt", "text/plain"),
        ["leading dot"] = new(".hidden.jpg", "image/jpeg"),
        ["two dots"] = new("..jpg", "image/jpeg"),
        ["200 characters"] = new(new string('x', 196) + ".jpg", "image/jpeg"),
        ["200 characters of two bytes"] = new(new string('ü', 196) + ".jpg", "image/jpeg"), // over NAME_MAX
        ["right to left"] = new("מסמך חשוב.pdf", "application/pdf"),
        ["right-to-left override"] = new("photo\u202Egpj.exe", "application/octet-stream"),
        ["emoji"] = new("🎉 👩‍👩‍👧 party.jpg", "image/jpeg"),
        ["no extension"] = new("README", "text/plain"),
        ["another type than the extension says"] = new("photo.jpg", "application/octet-stream"),
        ["type with parameter"] = new("notes.md", "text/plain; charset=utf-8"),
        ["one byte"] = new("one.bin", "application/octet-stream", 1),
        ["64 MiB"] = new("video.mp4", "video/mp4", 64L << 20),
    };

    public static IEnumerable<string> Keys => All.Keys;
}

/// <summary>What a client wants to share.</summary>
internal sealed record FileToShare(string Name, string Type, long Size = 4321);
