using System.Globalization;
using HmacFileServer.Doctor.Chat.Wire;
using HmacFileServer.Xmpp;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Doctor.Chat;

/// <summary>A service that hands out upload slots, as clients find it (XEP-0363 section 4).</summary>
/// <param name="MaxSize">What it announces; null for nothing.</param>
/// <param name="Name">Of the software or what the operator calls it.</param>
internal sealed record UploadService(string Address, long? MaxSize, string Name)
{
    private const int MostItems = 40;

    /// <summary>Asks the domain for its services, and all of them at once what they are.</summary>
    /// <returns>Those found, and the addresses of services that do not answer.</returns>
    public static async Task<(IReadOnlyList<UploadService> Found, IReadOnlyList<string> Silent)> DiscoverAsync(
        ChatStream stream, string domain, TimeSpan patience, CancellationToken cancel)
    {
        var items = await stream.AskAsync(
            domain, xml => xml.WriteElementString("query", XmppNamespaces.DiscoItems, null), cancel);
        var listed = items.Child("query", XmppNamespaces.DiscoItems)?.Children
            .Where(item => item.Name == "item" && item["node"] is null && Jid.TryParse(item["jid"], out _))
            .Select(item => item["jid"]!) ?? [];
        var addresses = listed.Prepend(domain).Distinct(StringComparer.Ordinal).Take(MostItems).ToArray();
        var answers = await stream.AskEachAsync(
            addresses, xml => xml.WriteElementString("query", XmppNamespaces.DiscoInfo, null), patience, cancel);
        return (
            [
                .. addresses.Where(answers.ContainsKey).Select(address => Read(address, answers[address]))
                    .OfType<UploadService>(),
            ],
            [.. addresses.Where(address => !answers.ContainsKey(address))]);
    }

    private static UploadService? Read(string address, StanzaElement info)
    {
        var query = info.Child("query", XmppNamespaces.DiscoInfo);
        if (info["type"] != "result" || query is null
            || !query.Children.Any(child => child.Name == "feature" && child["var"] == XmppNamespaces.Upload))
        {
            return null;
        }

        var name = query.Children.FirstOrDefault(child => child.Name == "identity")?["name"] ?? "";
        return new UploadService(address, Announced(query), name);
    }

    /// <summary>max-file-size in the form of this protocol, not of its predecessor (XEP-0128).</summary>
    private static long? Announced(StanzaElement query)
    {
        static string? Value(StanzaElement form, string name) => form.Children
            .FirstOrDefault(field => field.Name == "field" && field["var"] == name)?
            .Child("value", XmppNamespaces.Data)?.Text.Trim();
        var form = query.Children.FirstOrDefault(child =>
            child.Is("x", XmppNamespaces.Data) && Value(child, "FORM_TYPE") == XmppNamespaces.Upload);
        return form is not null && long.TryParse(
            Value(form, "max-file-size"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null;
    }
}
