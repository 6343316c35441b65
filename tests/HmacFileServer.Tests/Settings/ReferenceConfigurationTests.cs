using System.Collections;
using System.Text.RegularExpressions;
using HmacFileServer.Settings.Binding;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Settings;

public sealed partial class ReferenceConfigurationTests
{
    private const string Secret = "a secret of the tests, long enough";

    private static readonly string Folder = Repository.File("config");

    [Fact]
    public void Every_default_in_the_reference_file_is_the_default_of_the_code()
    {
        var environment = new Hashtable { ["HFS_SECURITY__SECRET"] = Secret };

        var documented = SettingsLoader.Load(Path.Combine(Folder, "config.toml"), environment);

        var built = SettingsBinder.Bind(new SettingSources("", TomlConfiguration.Parse([]), environment));
        documented.Should().BeEquivalentTo(built, options => options.RespectingRuntimeTypes());
    }

    [Fact]
    public void Every_key_of_the_code_stands_in_the_reference_file_once_and_no_other()
    {
        var table = "";
        var documented = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(Folder, "config.toml")))
        {
            table = Table().Match(line) is { Success: true } header ? header.Groups["name"].Value : table;
            if (Key().Match(line) is { Success: true } key)
            {
                documented.Add($"{table}.{key.Groups["name"].Value}");
            }
        }

        documented.Should().OnlyHaveUniqueItems().And.BeEquivalentTo(SettingsBinder.KnownKeys());
    }

    [Fact]
    public void The_minimal_file_needs_nothing_but_its_secret()
    {
        using var folder = new TempFolder();
        var secret = folder.File("secret");
        File.WriteAllText(secret, Secret + "\n");
        var minimal = File.ReadAllText(Path.Combine(Folder, "minimal.toml"))
            .Replace("/etc/hmac-file-server/secret", secret, StringComparison.Ordinal);

        File.WriteAllText(folder.File("minimal.toml"), minimal);

        var settings = SettingsLoader.Load(folder.File("minimal.toml"), new Hashtable());

        settings.Server.StoragePath.Should().Be("/var/lib/hmac-file-server/uploads");
        settings.Security.Secrets.Should().Equal(new Secret(Secret));
    }

    [GeneratedRegex(@"^\[+(?<name>[a-z_.]+)\]+", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Table();

    [GeneratedRegex(@"^(# )?(?<name>[a-z0-9_]+) = ", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Key();
}
