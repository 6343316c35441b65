using System.Collections.Immutable;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Settings.Binding;

/// <summary>Reads <c>[security]</c>. A server without a secret, or with one everybody knows, does not start.</summary>
internal static class SecretBinder
{
    private const int MaxSecretFileBytes = 64 << 10;

    public static SecuritySettings Bind(TableReader table, SecuritySettings otherwise)
    {
        var secret = table.Read<Secret?>("secret", null, Usable);
        var fromFile = FromFile(table);
        var previous = table.ReadList<Secret>("previous_secrets", [], Previous);
        var jwtSecret = table.Read<Secret?>("jwt_secret", null, Usable);

        if (table.Has("secret") && table.Has("secret_file") && !table.OnlyOneInEnvironment("secret", "secret_file"))
        {
            table.Problem("secret_file", "stands beside secret: give one of the two");
        }

        // The environment wins over the file, key by key; these two keys are one setting.
        var current = table.IsInEnvironment("secret_file") ? fromFile ?? secret : secret ?? fromFile;
        if (current is null && !table.Has("secret") && !table.Has("secret_file"))
        {
            table.Problem("secret", "is missing: set it to the secret that the XMPP server signs with");
        }

        ImmutableArray<Secret> secrets = current is null ? previous : [current, .. previous];
        return new SecuritySettings
        {
            Secrets = secrets,
            JwtSecrets = jwtSecret is null ? secrets : [jwtSecret, .. previous],
            DeleteSecret = table.Read<Secret?>("delete_secret", null, Usable),
            HmacValidity = table.Read<Duration>("hmac_validity", otherwise.HmacValidity, Duration.TryParse),
            ClockSkew = table.Read<Duration>("clock_skew", otherwise.ClockSkew, Duration.TryParse),
            Schemes = Schemes(table, otherwise.Schemes),
            RequireSignedDownloads = table.Read<bool>(
                "require_signed_downloads", otherwise.RequireSignedDownloads, Parsers.Flag),
            DownloadValidity = table.Read(
                "download_validity", otherwise.DownloadValidity, Parsers.Longer(TimeSpan.FromSeconds(1))),
        };
    }

    private static ImmutableArray<string> Schemes(TableReader table, ImmutableArray<string> otherwise)
    {
        var schemes = table.ReadList<string>("schemes", otherwise, Scheme);
        if (schemes.IsEmpty)
        {
            table.Problem("schemes", "names no scheme: nothing could be uploaded");
        }

        return schemes;
    }

    private static bool Scheme(string text, out string value, out string problem)
    {
        value = text.ToLowerInvariant();
        problem = $"\"{text}\" is not a scheme: {string.Join(", ", SecuritySettings.SchemeNames)}";
        return SecuritySettings.SchemeNames.Contains(value, StringComparer.Ordinal);
    }

    public static bool Usable(string text, out Secret? value, out string problem)
    {
        value = new Secret(text);
        problem = text.Length == 0
            ? "is empty: set it to the secret that the XMPP server signs with"
            : "was published in an example configuration, so everybody knows it: choose another, for example with "
                + "openssl rand -hex 32";
        return text.Length > 0 && !value.IsPublished;
    }

    private static bool Previous(string text, out Secret value, out string problem)
    {
        var usable = Usable(text, out var secret, out problem);
        value = secret!;
        return usable;
    }

    /// <summary>The secret in <c>secret_file</c>; null when there is none, or nobody needs it.</summary>
    public static Secret? FromFile(TableReader table) =>
        table.Read<Secret?>("secret_file", null, table.NeedsSecrets ? UsableFile : Closed);

    private static bool Closed(string path, out Secret? value, out string problem)
    {
        value = null;
        problem = "";
        return true;
    }

    private static bool UsableFile(string path, out Secret? value, out string problem)
    {
        value = null;
        try
        {
            if (new FileInfo(path).Length > MaxSecretFileBytes)
            {
                problem = $"\"{path}\" is too long for a secret";
                return false;
            }

            return Usable(File.ReadAllText(path).TrimEnd('\r', '\n'), out value, out problem);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = $"there is no file \"{path}\"";
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            problem = $"\"{path}\" may not be read by the user that the server runs as";
            return false;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            problem = $"\"{path}\" can't be read";
            return false;
        }
    }
}
