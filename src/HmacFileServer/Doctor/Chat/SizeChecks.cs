using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;

namespace HmacFileServer.Doctor.Chat;

/// <summary>Three parties tell how large a file may be: what clients are told must be the least of them.</summary>
internal static class SizeChecks
{
    private const string Where = "http_upload_external_file_size_limit or http_file_share_size_limit in Prosody, "
        + "max_size of mod_http_upload in ejabberd";

    public static IEnumerable<Finding> Of(
        UploadService service, ServerSettings settings, ProxyLimits? proxy, UploadCase upload)
    {
        var ours = settings.Server.MaxUploadSize;
        if (service.MaxSize is not { } announced)
        {
            yield return new Finding(Severity.Note, "xmpp-no-size", Link.XmppServer,
                $"{service.Address} does not announce a largest size")
            {
                Effect = "Clients learn of the limit only when they ask for a slot, or from a 413.",
                Remedy = $"{Where}.",
            };
            yield break;
        }

        var isAgreed = true;
        if (announced > ours.Bytes)
        {
            isAgreed = false;
            yield return new Finding(Severity.Warning, "xmpp-size-above", Link.XmppServer,
                $"Clients are told {Words.Size(announced)}, and this server takes {Words.Size(ours.Bytes)}")
            {
                Effect = "A file between the two gets a slot, and then \"413\".",
                Remedy = $"Make {Where} equal to server.max_upload_size ({ours}).",
            };
        }
        else if (announced < ours.Bytes)
        {
            isAgreed = false;
            var matters = announced < upload.Bytes && upload.Bytes <= ours.Bytes;
            yield return new Finding(matters ? Severity.Warning : Severity.Note, "xmpp-size-below", Link.XmppServer,
                $"Clients are told {Words.Size(announced)}, although this server takes {Words.Size(ours.Bytes)}")
            {
                Effect = matters
                    ? $"{upload} is refused by the client itself."
                    : "Larger files are refused by the client itself.",
                Remedy = $"If larger files are wanted: {Where}.",
            };
        }

        if (proxy?.MaxBody is { } most && most < announced)
        {
            isAgreed = false;
            yield return new Finding(Severity.Failure, "xmpp-size-proxy", Link.Proxy,
                $"Clients are told {Words.Size(announced)}, and {proxy.Name} takes {Words.Size(most)}")
            {
                Effect = "A file between the two gets a slot, and then \"413\" from the proxy.",
                Remedy = "See the proxy's own findings above.",
            };
        }

        if (isAgreed)
        {
            yield return Finding.Good(Link.XmppServer,
                $"Clients are told {Words.Size(announced)}, and that is what this server takes");
        }
    }
}
