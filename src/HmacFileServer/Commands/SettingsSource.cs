using HmacFileServer.Settings;
using HmacFileServer.Settings.Legacy;
using HmacFileServer.Settings.Sources;

namespace HmacFileServer.Commands;

/// <summary>
/// Which configuration a verb works with: the file that was named, the one that is found, or none at all.
/// </summary>
internal sealed class SettingsSource
{
    private static readonly string[] Usual = ["config.toml", "/etc/hmac-file-server/config.toml"];

    private static readonly string[] SecretVariables = ["HFS_SECURITY__SECRET", "HFS_SECURITY__SECRET_FILE"];

    private readonly string? secretFile;

    private SettingsSource(string? path, string? secretFile)
    {
        Path = path;
        this.secretFile = secretFile;
    }

    /// <summary>The configuration file; null when there is none.</summary>
    public string? Path { get; }

    /// <summary>What was found out when the file, once loaded, is one of another server.</summary>
    public OldFile? Old { get; private set; }

    /// <summary>Nothing and nobody gives a secret: the first start makes one.</summary>
    public bool MakesSecret => Path is null && !SecretVariables.Any(IsSet);

    /// <summary>No file, and no secret either: nothing to work with until the server has run once.</summary>
    public bool IsBeforeFirstStart => MakesSecret && !File.Exists(secretFile);

    /// <summary>Where an operator finds the secret, as words for a sentence.</summary>
    public static string SecretOrigin => SecretVariables.FirstOrDefault(IsSet) is { } variable
        ? $"what {variable} holds"
        : $"the text in {System.IO.Path.GetFullPath(FirstStart.SecretFile)}";

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    public static SettingsSource Find(string? named)
    {
        var path = named ?? Usual.FirstOrDefault(File.Exists);
        return new SettingsSource(path, path is null ? FirstStart.SecretFile : null);
    }

    /// <exception cref="SettingsException">All problems at once.</exception>
    public ServerSettings Load() => Load(needsSecrets: true);

    private ServerSettings Load(bool needsSecrets)
    {
        var environment = Environment.GetEnvironmentVariables();
        if (Path is null)
        {
            return SettingsLoader.LoadWithoutFile(MakesSecret ? secretFile : null, environment);
        }

        var settings = SettingsLoader.Load(Path, environment, out var old, needsSecrets);
        Old = old;
        return settings;
    }

    /// <summary>
    /// Loads, or prints every problem to stderr. Root goes on as the user whose store it is: <see cref="StoreOwner"/>.
    /// </summary>
    public bool TryLoad(out ServerSettings settings) =>
        TryLoad(needsSecrets: true, out settings) && TryBecomeOwner(settings.Server.StoragePath);

    /// <summary>The same for who looks at more than the store, and at that last.</summary>
    public bool TryLoadAsCaller(out ServerSettings settings) => TryLoad(needsSecrets: true, out settings);

    /// <summary>
    /// The same for verbs that neither sign nor verify: the server's user may run them, and the secret is often
    /// root's alone.
    /// </summary>
    public bool TryLoadWithoutSecrets(out ServerSettings settings) =>
        TryLoad(needsSecrets: false, out settings) && TryBecomeOwner(settings.Server.StoragePath);

    private static bool TryBecomeOwner(string storagePath)
    {
        if (StoreOwner.TryBecome(storagePath, out var problem))
        {
            return true;
        }

        Console.Error.WriteLine(problem);
        return false;
    }

    private bool TryLoad(bool needsSecrets, out ServerSettings settings)
    {
        if (IsBeforeFirstStart)
        {
            settings = null!;
            Console.Error.WriteLine(
                "There is no configuration file, and no secret yet: run the server once, or give -c FILE.");
            return false;
        }

        try
        {
            settings = Load(needsSecrets);
            return true;
        }
        catch (SettingsException e)
        {
            settings = null!;
            foreach (var problem in e.Problems)
            {
                Console.Error.WriteLine(problem);
            }

            return false;
        }
    }
}
