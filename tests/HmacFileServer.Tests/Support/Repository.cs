namespace HmacFileServer.Tests.Support;

/// <summary>The files that ship beside the program.</summary>
internal static class Repository
{
    public static readonly string Root = Find(AppContext.BaseDirectory);

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find(string folder) =>
        System.IO.File.Exists(Path.Combine(folder, "HmacFileServer.sln"))
            ? folder
            : Find(Path.GetDirectoryName(folder)!);
}
