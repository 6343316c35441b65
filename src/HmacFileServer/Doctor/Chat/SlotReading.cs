using HmacFileServer.Doctor.Report;
using HmacFileServer.Http;
using HmacFileServer.Settings;
using HmacFileServer.Slots;
using HmacFileServer.Slots.Diagnosis;
using HmacFileServer.Slots.Schemes;

namespace HmacFileServer.Doctor.Chat;

/// <summary>
/// What is wrong with a slot can be read off it, before anything is sent: its address, its signature, its terms.
/// </summary>
internal static class SlotReading
{
    private const string SameSecret = "Put the same text into both: http_upload_external_secret or "
        + "http_file_share_secret in Prosody, external_secret in ejabberd, security.secret here.";

    public static IEnumerable<Finding> Of(ChatSlot slot, ServerSettings settings, DateTimeOffset now) =>
        Address(slot, settings).Concat(Signature(slot, settings, now));

    private static IEnumerable<Finding> Address(ChatSlot slot, ServerSettings settings)
    {
        var put = new Uri(slot.Put);
        if (put.Scheme != "https")
        {
            yield return Bad("xmpp-url-scheme", Link.XmppServer, $"Slots lead to {put.Scheme}://, not https://",
                "Gajim, Dino and Apple's clients refuse such addresses.",
                "Change base_url or put_url in the XMPP server.");
        }

        if (settings.Server.PublicUrl is not { } own)
        {
            yield break;
        }

        if (put.Host != own.Host || put.Port != own.Port
            || !put.AbsolutePath.StartsWith(own.AbsolutePath, StringComparison.Ordinal))
        {
            yield return Bad("xmpp-url", Link.XmppServer, $"Slots lead to {Shown(put)}, and this server is at {own}",
                "Clients upload to the first of the two.",
                "http_upload_external_base_url or http_file_share_base_url in Prosody (with a slash at the end), "
                + "put_url and get_url in ejabberd (without one); or public_url here.");
        }
    }

    private static IEnumerable<Finding> Signature(ChatSlot slot, ServerSettings settings, DateTimeOffset now)
    {
        var path = ArrivingPath(slot, settings);
        var refusal = Read(slot, path, settings.Server.BasePath, now, out var request);
        if (refusal is not null && Read(slot, path, "/", now, out request) is not null)
        {
            yield return Bad("xmpp-slot", Link.XmppServer, $"No file can have the path of this slot ({refusal.Code})",
                "The server refuses it.", null);
            yield break;
        }

        var scheme = Array.Find(SlotVerifier.Schemes, scheme => scheme.IsPresent(request));
        if (scheme is null)
        {
            yield return Bad("xmpp-unsigned", Link.XmppServer,
                "The slot carries no signature: the XMPP server keeps files itself",
                "It does not know of this server, and clients never come here.",
                "Prosody: http_upload_external, or http_file_share with base_url and secret. ejabberd: "
                + "external_secret, put_url and get_url. See docs/connecting.md.");
        }
        else if (!settings.Security.Schemes.Contains(scheme.Name))
        {
            yield return Bad("xmpp-scheme", Link.Server,
                $"Slots are signed as \"{scheme.Name}\", and security.schemes has only "
                    + $"{string.Join(", ", settings.Security.Schemes)}",
                "Every upload is refused.", $"Add \"{scheme.Name}\" to security.schemes.");
        }
        else if (refusal is not null
            || SlotVerifier.FindKey(scheme, request, settings.Security, out var reading) is not (>= 0 and var key))
        {
            yield return Mismatch(scheme, request, settings);
        }
        else if (scheme.Admit(request, reading, settings.Security, out _) is { } unusable)
        {
            if (unusable == Refusal.WrongSlot)
            {
                yield return Bad("xmpp-base-path", Link.Server,
                    $"The token is for another path than \"{request.Key.Text}\"",
                    $"base_path is \"{settings.Server.BasePath}\" here, and what follows it in the address is not what "
                    + "the XMPP server signed. Every upload is refused.",
                    "base_path is what stands between the host and the part that the XMPP server signs.");
                yield break;
            }

            yield return Bad("xmpp-terms", Link.XmppServer,
                $"The slot is signed, and says what can't be used ({unusable.Code})",
                unusable == Refusal.NotYetValid || unusable == Refusal.Expired
                    ? "The clocks of the XMPP server and of this machine differ."
                    : scheme is JwtScheme ? JwtScheme.Complaint(request) ?? unusable.Sentence : unusable.Sentence,
                "timedatectl status on both machines; an older or newer module of the XMPP server.");
        }
        else if (key > 0)
        {
            yield return new Finding(Severity.Note, "xmpp-previous-secret", Link.XmppServer,
                $"Slots are signed with a previous secret (number {Words.Number(key)} of security.previous_secrets)")
            {
                Effect = "It works until that secret is removed here.",
                Remedy = "Put the current one into the XMPP server.",
            };
        }
        else
        {
            yield return Finding.Good(Link.XmppServer,
                $"Its slots are signed with the secret of this configuration (\"{scheme.Name}\")");
        }
    }

    private static Finding Mismatch(ISlotScheme scheme, SlotRequest request, ServerSettings settings)
    {
        if (MismatchDiagnosis.OtherBasePath(request, scheme, settings) is { } basePath)
        {
            return Bad("xmpp-base-path", Link.Server, $"The signature would be good with {basePath}",
                $"base_path is \"{settings.Server.BasePath}\" here: the part of the address that the XMPP server does "
                    + "not sign. Every upload is refused.",
                $"[server] {basePath}, or change the address in the XMPP server.");
        }

        if (!request.Target.Path.AsSpan().StartsWith(System.Text.Encoding.UTF8.GetBytes(settings.Server.BasePath)))
        {
            return Bad("xmpp-base-path", Link.Server,
                $"Slots do not lead below base_path (\"{settings.Server.BasePath}\")",
                "Every upload is refused (outside-base-path).",
                "base_path is what stands between the host and the part that the XMPP server signs.");
        }

        return Bad("xmpp-signature", Link.XmppServer,
            $"The secrets differ: the signature (\"{scheme.Name}\") does not match",
            $"Of what is usually wrong: {MismatchDiagnosis.Reason(request, scheme, settings)}. Every upload is "
                + "refused.", SameSecret);
    }

    /// <summary>
    /// The path as it should reach the server: where public_url and base_path differ, the proxy puts one in place of
    /// the other.
    /// </summary>
    private static string ArrivingPath(ChatSlot slot, ServerSettings settings)
    {
        var path = new Uri(slot.Put).PathAndQuery;
        var (seen, own) = (settings.Server.PublicUrl?.AbsolutePath, settings.Server.BasePath);
        return seen is not null && path.StartsWith(seen, StringComparison.Ordinal)
            && !path.StartsWith(own, StringComparison.Ordinal)
            ? own + path[seen.Length..]
            : path;
    }

    private static Refusal? Read(
        ChatSlot slot, string path, string basePath, DateTimeOffset now, out SlotRequest request)
    {
        var http = new DefaultHttpContext().Request;
        http.Method = HttpMethods.Put;
        http.ContentLength = slot.Size;
        http.Headers.ContentType = slot.Type;
        foreach (var (name, value) in slot.Headers)
        {
            http.Headers[name] = value;
        }

        return SlotRequest.Read(http, path, basePath, now, out request);
    }

    /// <summary>Without what is signed: an address with its signature is permission to upload.</summary>
    private static string Shown(Uri url) => $"{url.Scheme}://{url.Authority}{url.AbsolutePath}";

    private static Finding Bad(string code, Link link, string title, string effect, string? remedy) =>
        new(Severity.Failure, code, link, title) { Effect = effect, Remedy = remedy };
}
