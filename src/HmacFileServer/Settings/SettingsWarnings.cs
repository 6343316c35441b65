using System.Net;
using HmacFileServer.Settings.Values;
using HmacFileServer.Storage;

namespace HmacFileServer.Settings;

/// <summary>
/// What works, and should be known to whoever runs it. Told at the start, after a reload and by <c>check</c>.
/// </summary>
internal static class SettingsWarnings
{
    public static IEnumerable<string> Of(ServerSettings settings)
    {
        if (settings.Security.Secrets.Concat(settings.Security.JwtSecrets).Any(secret => secret.IsWeak))
        {
            yield return $"The secret has fewer than {Secret.WeakBelowBytes} bytes and can be guessed: "
                + "give the XMPP server and this one a longer one";
        }

        if (!settings.Server.Fsync)
        {
            yield return "fsync is off: a power cut can lose files that were answered 201";
        }

        if (settings.Server.HasFormerHeaderBytes)
        {
            yield return $"max_header_bytes = {settings.Server.MaxHeaderBytes} is the default of before and is taken "
                + $"as {settings.Server.HeaderBytes}, the default now: remove it, or set less than 1MB";
        }

        foreach (var file in settings.FilesWithSecrets.Where(Posix.IsOpenToOthers))
        {
            yield return $"{file} holds a secret, and every user of this machine can get at it: chmod o= {file}";
        }

        // An https public_url says that a proxy elsewhere does TLS.
        var open = settings.Server.ListenAddress.FirstOrDefault(IsOpen);
        if (open is not null && settings.Server is { TlsCertificate: null, PublicUrl: not { Scheme: "https" } })
        {
            yield return $"TLS is off and the server listens on {open}: clients refuse URLs that are not https. "
                + "Give a certificate, or set public_url to the proxy's https URL";
        }
    }

    private static bool IsOpen(ListenAddress listen) =>
        listen.UnixPath is null && (listen.Address is null || !IPAddress.IsLoopback(listen.Address));
}
