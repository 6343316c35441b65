using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Telemetry.Logs;

/// <summary>
/// Takes out what must not be written, by the secrets in force and those that were: a request may still name one.
/// </summary>
/// <param name="current">The settings in force, whose secrets must not pass.</param>
internal sealed class Redaction(Func<ServerSettings> current)
{
    private volatile KnownSecrets? known;

    public string Clean(string line) => RedactingFormatter.Redact(line, Secrets());

    /// <summary>For text of which only the secrets must not be seen: the key of a stored file is no credential.</summary>
    public string CleanOfSecrets(string line) => VisibleText.Lines(Credentials.HideSecrets(line, Secrets()));

    private Secret[] Secrets()
    {
        var settings = current();
        if (known is not { } before || !ReferenceEquals(before.Source, settings))
        {
            known = before = new KnownSecrets(settings, [.. (known?.Secrets ?? []).Union(settings.AllSecrets)]);
        }

        return before.Secrets;
    }

    private sealed record KnownSecrets(ServerSettings Source, Secret[] Secrets);
}
