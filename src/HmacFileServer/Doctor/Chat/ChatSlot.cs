using System.Globalization;
using System.Text;
using HmacFileServer.Doctor.Chat.Wire;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Xmpp;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Doctor.Chat;

/// <summary>A slot as a client gets it, and what was asked for.</summary>
internal sealed record ChatSlot(
    string Name, long Size, string Type, string Put, string Get, IReadOnlyList<(string Name, string Value)> Headers)
{
    // XEP-0363 section 5: a client must ignore every other header.
    private static readonly string[] Allowed = ["Authorization", "Cookie", "Expires"];

    /// <exception cref="ChatException">No slot, or one that can't be read.</exception>
    public static async Task<ChatSlot> RequestAsync(
        ChatStream stream, UploadService service, string name, long size, string type, CancellationToken cancel)
    {
        var answer = await stream.AskAsync(
            service.Address,
            xml =>
            {
                xml.WriteStartElement("request", XmppNamespaces.Upload);
                xml.WriteAttributeString("filename", name);
                xml.WriteAttributeString("size", size.ToString(CultureInfo.InvariantCulture));
                xml.WriteAttributeString("content-type", type);
                xml.WriteEndElement();
            },
            cancel);
        if (answer["type"] == "error")
        {
            throw Denied(service, answer);
        }

        var slot = answer.Child("slot", XmppNamespaces.Upload);
        var put = slot?.Child("put", XmppNamespaces.Upload);
        if (put?["url"] is not { } putUrl || slot?.Child("get", XmppNamespaces.Upload)?["url"] is not { } getUrl
            || !IsUsable(putUrl) || !IsUsable(getUrl))
        {
            throw new ChatException(
                "xmpp-slot", Link.XmppServer, $"{service.Address} hands out a slot that can't be read",
                "The addresses for upload and download are missing, or are none.");
        }

        var headers = put.Children.Where(child => child.Name == "header" && child["name"] is not null)
            .Select(child => (
                Name: Allowed.FirstOrDefault(name => name.Equals(child["name"], StringComparison.OrdinalIgnoreCase)),
                child.Text))
            .Where(header => header.Name is not null)
            .Select(header => (header.Name!, header.Text.ReplaceLineEndings(" ").Trim()));
        return new ChatSlot(name, size, type, Ascii(putUrl), Ascii(getUrl), [.. headers]);
    }

    private static bool IsUsable(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https"
            && parsed.Host.Length > 0;

    /// <summary>ejabberd since 25.10 leaves letters as they are; clients escape them on the wire.</summary>
    private static string Ascii(string url) => string.Concat(url.EnumerateRunes().Select(rune => rune.IsAscii
        ? rune.ToString()
        : string.Concat(Encoding.UTF8.GetBytes(rune.ToString()).Select(value => $"%{value:X2}"))));

    private static ChatException Denied(UploadService service, StanzaElement answer)
    {
        var error = answer.Child("error", XmppNamespaces.Client);
        var condition = error?.Children.FirstOrDefault(child => child.Xmlns == XmppNamespaces.StanzaErrors
            && child.Name != "text")?.Name;
        var text = error?.Child("text", XmppNamespaces.StanzaErrors)?.Text;
        return new ChatException(
            "xmpp-slot-denied", Link.XmppServer,
            $"{service.Address} gives no slot for a small file ({condition ?? "no reason"})",
            string.IsNullOrEmpty(text) ? null : $"It says: {text}",
            "Its access rule, its quota, or its connection to the server that issues slots.");
    }
}
