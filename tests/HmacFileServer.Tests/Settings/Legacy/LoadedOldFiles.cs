using System.Collections;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Legacy;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Settings.Legacy;

/// <summary>Old files, loaded as a start loads them.</summary>
public abstract class LoadedOldFiles : IDisposable
{
    protected const string Head = "[server]\nbind_ip = ''\nstorage_path = '/srv/old'\n";
    protected const string Tail = $"\n[security]\nsecret = '{OldConfigurations.Secret}'\n";

    private protected TempFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected ServerSettings Load(string toml, out OldFile? old, IDictionary? environment = null)
    {
        var file = Folder.File("config.toml");
        File.WriteAllText(file, toml // a log file that can't be written is a mistake, and only root may write there
            .Replace("/var/log/hmac-file-server", Folder.Path, StringComparison.Ordinal)
            .Replace("/var/log", Folder.Path, StringComparison.Ordinal));
        return SettingsLoader.Load(file, environment ?? new Hashtable(), out old);
    }
}
