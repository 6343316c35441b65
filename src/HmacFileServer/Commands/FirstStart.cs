using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Settings;
using HmacFileServer.Storage;

namespace HmacFileServer.Commands;

/// <summary>
/// A start without any configuration: a secret nobody else has, in a file only we can read, and what to paste
/// into the XMPP server.
/// </summary>
internal static class FirstStart
{
    public const string SecretFile = "data/secret";

    private const int SecretBytes = 32;

    /// <summary>Makes the secret unless it is there, as the user whose folder it is.</summary>
    /// <returns><see langword="false"/> when that can't be; it has been said why.</returns>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of permission.</exception>
    public static bool TryEnsureSecret()
    {
        if (!StoreOwner.TryBecome(SecretFile, out var problem))
        {
            Console.Error.WriteLine(problem);
            return false;
        }

        if (File.Exists(SecretFile))
        {
            return true;
        }

        Posix.MakeFolders(
            Path.GetDirectoryName(SecretFile)!,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var file = new FileStream(SecretFile, options);
        file.Write(
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes)) + "\n"));
        file.Flush(flushToDisk: true);
        return true;
    }

    /// <summary>The snippets for both servers. The secret itself only where a person looks at the screen.</summary>
    public static void PrintSnippets(TextWriter output, ServerSettings settings, string secretOrigin, bool toTerminal)
    {
        var secret = toTerminal
            ? Encoding.UTF8.GetString(settings.Security.Secrets[0].Bytes.Span)
            : $"<{secretOrigin}>";
        var url = settings.Server.PublicUrl?.AbsoluteUri ?? $"https://upload.example.org{settings.Server.BasePath}";
        output.Write(
            $"""

            No configuration file: using the defaults. The secret is {secretOrigin}

            Prosody (prosody.cfg.lua), after prosodyctl install mod_http_upload_external:

                Component "upload.example.org" "http_upload_external"
                    http_upload_external_base_url = "{url}"
                    http_upload_external_secret = "{secret}"
                    http_upload_external_protocol = "v2"
                    http_upload_external_file_size_limit = {settings.Server.MaxUploadSize.Bytes}

            ejabberd (ejabberd.yml):

                modules:
                  mod_http_upload:
                    put_url: "{url.TrimEnd('/')}"
                    get_url: "{url.TrimEnd('/')}"
                    external_secret: "{secret}"
                    max_size: {settings.Server.MaxUploadSize.Bytes}

            Put your own host name in, and a proxy with TLS in front: see deploy/nginx.


            """);
        output.Flush();
    }
}
