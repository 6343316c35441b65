namespace HmacFileServer.Interop.Support;

/// <summary>A folder below the system's temporary folder, gone with everything in it when disposed.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hmac-file-server-interop-");

    public string Path => _folder.FullName;

    /// <summary>A new, empty folder in this one.</summary>
    public string NewFolder(string name) => _folder.CreateSubdirectory(name).FullName;

    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        if (Environment.GetEnvironmentVariable("HFS_INTEROP_KEEP") is null)
        {
            _folder.Delete(recursive: true);
        }
    }
}
