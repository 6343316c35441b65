using System.Globalization;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;
using HmacFileServer.Storage;

namespace HmacFileServer.Doctor.Host;

/// <summary>The values in force and where each comes from, and what is doubtful about them.</summary>
internal static class SettingsSection
{
    private const string Default = "default";

    private static readonly (string Key, Func<ServerSettings, string> Value)[] Telling =
    [
        ("server.listen_address", s => string.Join(", ", s.Server.ListenAddress)),
        ("server.public_url", s => s.Server.PublicUrl?.ToString() ?? "(not told)"),
        ("server.base_path", s => s.Server.BasePath),
        ("server.storage_path", s => s.Server.StoragePath),
        ("server.max_upload_size", s => s.Server.MaxUploadSize.ToString()),
        ("server.fsync", s => s.Server.Fsync ? "true" : "false"),
        ("security.schemes", s => string.Join(", ", s.Security.Schemes)),
        ("security.hmac_validity", s => s.Security.HmacValidity.ToString()),
        ("uploads.max_concurrent",
            s => s.Uploads.MaxConcurrent == 0 ? "0 (no limit)" : Words.Number(s.Uploads.MaxConcurrent)),
        ("timeouts.read_timeout", s => s.Timeouts.ReadTimeout.ToString()),
        ("timeouts.write_timeout", s => s.Timeouts.WriteTimeout.ToString()),
    ];

    public static Section Examine(ServerSettings settings, IReadOnlyList<WrittenSetting> written)
    {
        var origins = written.ToDictionary(setting => setting.Key, setting => setting);
        var rows = Telling
            .Select(IReadOnlyList<string> (key) =>
                [key.Key, key.Value(settings), origins.TryGetValue(key.Key, out var found) ? found.Origin : Default])
            .Concat(written
                .Where(setting => !Telling.Any(key => key.Key == setting.Key))
                .Select(IReadOnlyList<string> (setting) =>
                    [setting.Key, setting.IsSecret ? "(not shown)" : setting.Text, setting.Origin]));
        return new Section("settings", "Settings")
        {
            Tables = [new ReportTable(null, ["Setting", "Value", "From"], [.. rows])],
            Findings = [.. Findings(settings, origins)],
        };
    }

    private static IEnumerable<Finding> Findings(ServerSettings settings, Dictionary<string, WrittenSetting> written)
    {
        Place? Where(string key) => written.TryGetValue(key, out var found) ? Parse(found.Origin) : null;

        if (settings.Security.Secrets.Concat(settings.Security.JwtSecrets).Any(secret => secret.IsWeak))
        {
            yield return new Finding(Severity.Warning, "weak-secret", Link.Server,
                "A secret is short enough to be guessed")
            {
                Effect = $"It has fewer than {Secret.WeakBelowBytes} bytes. Whoever guesses it can store files here.",
                Place = Where("security.secret"),
                Remedy = "Put a longer one into both the XMPP server and this one: openssl rand -hex 32",
            };
        }
        else
        {
            yield return Finding.Good(Link.Server, "The secrets are long enough");
        }

        foreach (var file in settings.FilesWithSecrets.Where(Posix.IsOpenToOthers))
        {
            yield return new Finding(Severity.Failure, "open-secret", Link.Server,
                $"{file} holds a secret, and every user of this machine can get at it")
            {
                Effect = "Whoever reads the secret can store files here, as anybody.",
                Place = new Place(file, 0),
                Remedy = $"chmod o= {file}; then a new secret, if there are others on this machine.",
            };
        }

        if (!settings.Server.Fsync)
        {
            yield return new Finding(Severity.Warning, "no-fsync", Link.Server, "fsync is off")
            {
                Effect = "A power cut can lose files that clients were told are stored.",
                Place = Where("server.fsync"),
            };
        }

        if (settings.Server.PublicUrl is null)
        {
            yield return new Finding(Severity.Note, "no-public-url", Link.Server, "public_url is not set")
            {
                Effect = "The proxy can be examined only in part, and --probe not at all, without the address that "
                    + "clients use.",
                Remedy = "Set server.public_url to what the XMPP server has as base_url or put_url.",
            };
        }
        else if (settings.Server.PublicUrl.Scheme == "http")
        {
            yield return new Finding(Severity.Warning, "http-url", Link.Server, "public_url is not https")
            {
                Effect = "Gajim and Dino refuse upload addresses that are not https; so do Apple's clients.",
                Place = Where("server.public_url"),
            };
        }

        if (settings.Timeouts.ReadTimeout.Time < TimeSpan.FromSeconds(60))
        {
            yield return new Finding(Severity.Warning, "read-timeout", Link.Server,
                $"read_timeout is only {settings.Timeouts.ReadTimeout}")
            {
                Effect = "A phone that is silent for so long, in a tunnel or changing networks, loses its upload.",
                Place = Where("timeouts.read_timeout"),
                Remedy = "Clients wait 30 to 60 s, some for ever: 300s is the default.",
            };
        }
    }

    private static Place Parse(string origin) =>
        origin.LastIndexOf(':') is > 0 and var colon
            && int.TryParse(origin.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var line)
            ? new Place(origin[..colon], line)
            : new Place(origin, 0);
}
