using System.Net.Http.Headers;
using System.Net.Security;
using HmacFileServer.Doctor.Arrival;
using HmacFileServer.Doctor.Probe;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;

namespace HmacFileServer.Doctor.Chat;

/// <summary>Does with a slot what a client does: PUT, then GET; and takes the file away again.</summary>
internal sealed class ChatTransfer(ServerSettings settings, ProbeWire wire, TimeProvider time)
{
    /// <returns>What is wrong; nothing when the file went up and came back.</returns>
    public async Task<IReadOnlyList<Finding>> TryAsync(ChatSlot slot, CancellationToken cancel)
    {
        var content = new string('x', (int)slot.Size);
        var body = new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(content));
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(slot.Type);
        var put = await wire.SendAsync(HttpMethod.Put, slot.Put, body, cancel, [.. slot.Headers]);
        if (put.Status is not (200 or 201))
        {
            return [NotStored(slot, put)];
        }

        List<Finding> findings = [];
        var get = await wire.SendAsync(HttpMethod.Get, slot.Get, null, cancel);
        if (get.Status != 200 || get.Text != content)
        {
            findings.Add(NotServed(slot, get));
        }

        if (await RemoveAsync(slot, cancel) is { } left)
        {
            findings.Add(left);
        }

        return findings;
    }

    private Finding NotStored(ChatSlot slot, ProbeAnswer answer)
    {
        var host = new Uri(slot.Put).Authority;
        return answer switch
        {
            { Status: 0 } when wire.TlsErrors != SslPolicyErrors.None => Bad(
                "xmpp-upload-certificate", Link.Proxy,
                $"The certificate of {host} is not trusted here ({wire.TlsErrors})",
                "Clients refuse to upload. With nginx, ssl_certificate must name the full chain."),
            { Status: 0 } => Bad(
                "xmpp-upload-unreachable", Link.Network, $"The address of the slot does not answer: {answer.Text}",
                $"Nobody can upload to {host}. Is the proxy running, and the port open?"),
            { IsOurs: true } => Bad(
                "xmpp-upload-refused", Link.Server,
                $"The upload is refused by the server: {answer.Status} {answer.Refusal}",
                "If the signature is good by this configuration, the running server has another one, or the proxy "
                + "changes the path or drops the Authorization header: check --probe tells which."),
            { Status: >= 300 and < 400 } => Bad(
                "xmpp-upload-redirected", Link.Proxy, $"{answer.Who} redirects the upload ({answer.Status})",
                "Clients turn a redirected PUT into a GET, and report a file as sent that never was."),
            _ => Bad(
                "xmpp-upload-failed", Link.Proxy, $"The upload is answered {answer.Status} by {answer.Who}",
                $"It never came to this server. {host} is where the slot leads: 502 and 504 mean that the proxy can't "
                + "reach the server, 404 and 405 that it does not pass this path on."),
        };
    }

    private Finding NotServed(ChatSlot slot, ProbeAnswer answer)
    {
        if (settings.Security.RequireSignedDownloads && answer is { IsOurs: true } or { Status: 401 or 403 })
        {
            return Bad(
                "xmpp-download-unsigned", Link.XmppServer,
                $"The download address is refused ({answer.Status}): it carries no signature",
                "security.require_signed_downloads is on, and this XMPP server does not sign downloads: nobody can see "
                    + "a file.");
        }

        return answer.Status == 200
            ? Bad("xmpp-download-other", Link.Proxy, "What comes back is not what was uploaded",
                "The proxy or a cache changes files on their way.")
            : Bad("xmpp-download",
                slot.Get.StartsWith(Server(slot.Put), StringComparison.Ordinal) ? Link.Proxy : Link.XmppServer,
                "The file was stored, and its download address answers "
                    + $"{(answer.Status == 0 ? answer.Text : answer.Status)}",
                $"Uploads lead to {Server(slot.Put)} and downloads to {Server(slot.Get)}: both must come to this "
                    + "server.");
    }

    /// <summary>The server deletes files of the probe for who has the secret, and nothing else.</summary>
    private async Task<Finding?> RemoveAsync(ChatSlot slot, CancellationToken cancel)
    {
        var address = slot.Get.Split('?')[0];
        // ejabberd changes what it does not like
        var name = Uri.UnescapeDataString(address[(address.LastIndexOf('/') + 1)..]);
        var pass = ProbePass.Query(settings.Security, "DELETE", name, time.GetUtcNow());
        var answer = await wire.SendAsync(HttpMethod.Delete, $"{address}?{pass}", null, cancel);
        return answer.Status == 204
            ? null
            : new Finding(Severity.Note, "xmpp-left", Link.Proxy,
                $"The file of this check could not be deleted ({answer.Status})")
            {
                Effect = "Where DELETE does not pass, or another server than this one took the upload.",
                Remedy = $"hmac-file-server files delete '{address}'",
            };
    }

    private static string Server(string url) => new Uri(url).GetLeftPart(UriPartial.Authority);

    private static Finding Bad(string code, Link link, string title, string effect) =>
        new(Severity.Failure, code, link, title) { Effect = effect };
}
