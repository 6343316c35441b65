using System.Collections;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Settings;

/// <summary>Settings, loaded from a file as a start loads them.</summary>
public abstract class LoadedSettings : IDisposable
{
    protected const string Secret = "[security]\nsecret = 'a secret of the tests, long enough'\n";

    private protected TempFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected ServerSettings Load(string toml, IDictionary? environment = null)
    {
        var file = Folder.File("config.toml");
        File.WriteAllText(file, toml);
        return SettingsLoader.Load(file, environment ?? new Hashtable());
    }

    protected string[] Problems(string toml, IDictionary? environment = null)
    {
        var load = () => Load(toml, environment);
        return
        [
            .. load.Should().Throw<SettingsException>().Which.Problems
                .Select(problem => problem.ToString().Replace(Folder.Path + "/", "", StringComparison.Ordinal)),
        ];
    }
}
