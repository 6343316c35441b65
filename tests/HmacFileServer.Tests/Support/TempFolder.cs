namespace HmacFileServer.Tests.Support;

/// <summary>A folder of its own for one test, with a name short enough for a unix socket below it.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hfs-").FullName;

    public string File(string relative) => System.IO.Path.Combine(Path, relative);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The test took it away itself.
        }
    }
}
