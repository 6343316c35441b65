using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands;

/// <summary>A store, and logs, that belong to a user who is not root; the tests are.</summary>
internal sealed class ForeignStore : IDisposable
{
    public const string Owner = "65534"; // nobody, on every Linux

    private readonly TempFolder folder = new();

    public ForeignStore()
    {
        SmallDisk.Run("chmod", "755", folder.Path);
        Directory.CreateDirectory(folder.File("store/.hfs"));
        Directory.CreateDirectory(folder.File("log"));
        File.WriteAllText(folder.File("precious"), "precious\n");
        File.SetUnixFileMode(folder.File("precious"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(
            folder.File("config.toml"),
            TestServer.Toml(
                folder,
                "listen_address = \"unix:{folder}/store/s.sock\"\npublic_url = \"https://upload.example.org/\"",
                more: "[logging]\nlevel = \"info\"\naudit_file = \"{folder}/log/audit.jsonl\"\n"));
        File.SetUnixFileMode(folder.File("config.toml"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Give("store", "log");
    }

    public string Path => folder.Path;

    public string InFolder(string relative) => folder.File(relative);

    public void Lay(string relative, string content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(folder.File(relative))!);
        File.WriteAllText(folder.File(relative), content);
    }

    public void Give(params string[] relatives)
    {
        foreach (var relative in relatives)
        {
            SmallDisk.Run("chown", "-R", "-h", $"{Owner}:{Owner}", folder.File(relative)).Should().BeTrue();
        }
    }

    /// <summary>By root.</summary>
    public Task<ProgramResult> RunAsync(params string[] arguments) =>
        BuiltProgram.RunAsync(folder.Path, [.. arguments, "-c", folder.File("config.toml")]);

    /// <summary>What another user than the store's owner has there.</summary>
    public async Task<string> OfOthersAsync(params string[] relatives) =>
        (await Tool.RunAsync("find", [.. relatives.Select(folder.File), "!", "-uid", Owner])).Said;

    public void Dispose() => folder.Dispose();
}
