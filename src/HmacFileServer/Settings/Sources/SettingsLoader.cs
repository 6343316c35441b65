using System.Collections;
using HmacFileServer.Settings.Binding;
using HmacFileServer.Settings.Legacy;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Sources;

/// <summary>Reads a configuration file and the environment into settings, or all the problems they have.</summary>
internal static class SettingsLoader
{
    /// <summary>What stands for the file's name in messages when there is none.</summary>
    public const string NoFile = "(no configuration file)";

    /// <exception cref="SettingsException">All problems at once.</exception>
    public static ServerSettings Load(string path, IDictionary environment) => Load(path, environment, out _);

    /// <param name="old">What was found out when the file is one of another server; null when it is ours.</param>
    /// <param name="needsSecrets">False leaves files with secrets closed.</param>
    /// <exception cref="SettingsException">All problems at once.</exception>
    public static ServerSettings Load(
        string path, IDictionary environment, out OldFile? old, bool needsSecrets = true)
    {
        try
        {
            var content = TomlConfiguration.Load(path);
            var settings = SettingsBinder.Bind(Sources(path, content, environment, needsSecrets, out old));
            return HoldsSecret(content)
                ? settings with { FilesWithSecrets = settings.FilesWithSecrets.Add(path) }
                : settings;
        }
        catch (TomlException e)
        {
            throw new SettingsException(
                [.. e.Problems.Select(p => new SettingProblem($"{path}:{p.Position}", "", p.Sentence))]);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Unreadable(path, "there is no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, "the file can't be read");
        }
    }

    /// <summary>
    /// No file at all: the defaults, the environment, and the secret that was made on the first start.
    /// </summary>
    /// <param name="secretFile">Null when the environment gives a secret.</param>
    /// <exception cref="SettingsException">All problems at once.</exception>
    public static ServerSettings LoadWithoutFile(string? secretFile, IDictionary environment)
    {
        // The keys of the environment meet this text as they would meet a file's.
        var defaults = secretFile is null
            ? ""
            : $"[security]\nsecret_file = \"\"\"\n{secretFile.Replace("\\", @"\\", StringComparison.Ordinal)}\"\"\"";
        var content = TomlConfiguration.Parse(System.Text.Encoding.UTF8.GetBytes(defaults));
        return SettingsBinder.Bind(new SettingSources(NoFile, content, environment));
    }

    /// <summary>Every key that is given a value, for a configuration that has been loaded once and was good.</summary>
    public static IReadOnlyList<WrittenSetting> Written(string? path, IDictionary environment) =>
        SettingsBinder.Written(path is null
            ? new SettingSources(NoFile, TomlConfiguration.Parse([]), environment)
            : Sources(path, TomlConfiguration.Load(path), environment, needsSecrets: true, out _));

    /// <summary>The file in our own terms, whosever it is, with the variables in it.</summary>
    private static SettingSources Sources(
        string path, TomlTable content, IDictionary environment, bool needsSecrets, out OldFile? old)
    {
        old = OldFile.Read(content);
        var unset = new List<(TomlPosition Position, string Name)>();
        var sources = new SettingSources(
            path, Variables.Expand(old?.Content ?? content, environment, unset), environment)
        {
            NeedsSecrets = needsSecrets,
        };
        foreach (var (position, name) in unset)
        {
            sources.Add(sources.At(position), "", $"the environment has no variable {name}");
        }

        return sources;
    }

    /// <summary>
    /// Whether a key stands in the file that is to be kept secret, whosever file it is. "${NAME}" is a variable's name.
    /// </summary>
    private static bool HoldsSecret(TomlTable table) => table.Entries.Any(entry => entry.Value switch
    {
        TomlTable below => HoldsSecret(below),
        TomlString text => IsSecret(entry.Key) && IsWritten(text),
        TomlArray list => IsSecret(entry.Key) && list.Items.OfType<TomlString>().Any(IsWritten),
        _ => false,
    });

    private static bool IsWritten(TomlString text) =>
        text.Value.Length > 0 && !text.Value.StartsWith("${", StringComparison.Ordinal);

    private static bool IsSecret(string key) => KeySpelling.Normalise(key) is var spelt
        && (spelt.EndsWith("secret", StringComparison.Ordinal) || spelt.EndsWith("secrets", StringComparison.Ordinal)
            || spelt is "servicekey");

    private static SettingsException Unreadable(string origin, string sentence) =>
        new([new SettingProblem(origin, "", sentence)]);
}
