using System.Diagnostics;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Storage;

/// <summary>Under an umask that keeps nobody out, the server does.</summary>
public sealed class FileModeTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Fact]
    public async Task What_the_server_makes_is_closed_to_others_whatever_the_umask_says()
    {
        Directory.CreateDirectory(folder.File("log"));
        await File.WriteAllTextAsync(folder.File("config.toml"), TestServer.Toml(
            folder,
            "listen_address = \"unix:{folder}/s.sock\"\nstorage_path = \"" + folder.File("data/store") + "\"",
            more: "[logging]\nfile = \"{folder}/log/server.log\"\naudit_file = \"{folder}/log/audit.jsonl\"\n"));
        using var server = Start("serve", "-c", "config.toml");
        var output = server.StandardError.ReadToEndAsync();
        while (await server.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } line
            && !line.Contains("Listening on", StringComparison.Ordinal))
        {
        }

        using (var http = UnixHttp.Client(folder.File("s.sock")))
        {
            var put = await http.PutAsync(
                UnixHttp.Raw(SignedUrls.V("a/b/c", 5)), new ByteArrayContent("hello"u8.ToArray()));
            put.StatusCode.Should().Be(System.Net.HttpStatusCode.Created);
        }

        var modes = Modes("data", "log", "s.sock");
        await BuiltProgram.SignalAsync(server, "TERM");
        _ = server.StandardOutput.ReadToEndAsync();
        await server.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        (await output).Should().BeEmpty();

        modes.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["data"] = "750",
            ["data/store"] = "750",
            ["data/store/a"] = "750",
            ["data/store/a/b"] = "750",
            ["data/store/a/b/c"] = "640",
            ["data/store/.hfs"] = "700",
            ["data/store/.hfs/incoming"] = "700",
            ["data/store/.hfs/ledger.db"] = "600",
            ["data/store/.hfs/ledger.db-wal"] = "600",
            ["data/store/.hfs/ledger.db-shm"] = "600",
            ["data/store/.hfs/status.sock"] = "600",
            ["log"] = Octal(folder.File("log")),
            [Directory.EnumerateFiles(folder.File("log"), "server*").Select(Relative).Single()] = "640",
            ["log/audit.jsonl"] = "640",
            ["s.sock"] = "660",
        });
    }

    [Fact]
    public async Task An_export_is_for_whoever_made_it_alone()
    {
        await LayAsync();
        using var export = Start("export", "--owner", "alice@example.org", "--to", "out", "-c", "config.toml");
        var said = await export.StandardError.ReadToEndAsync();
        await export.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));

        export.ExitCode.Should().Be(0, said);
        Modes("out").Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["out"] = "700",
            ["out/files.json"] = "600",
            ["out/files"] = "700",
            ["out/files/a"] = "700",
            ["out/files/a/b.txt"] = "600",
        });
    }

    [Fact]
    public async Task An_export_goes_into_no_link_and_no_folder_of_another_user()
    {
        await LayAsync();
        Directory.CreateDirectory(folder.File("theirs"));
        Directory.CreateSymbolicLink(folder.File("link"), folder.File("theirs"));

        var through = await ExportAsync("link/");
        if (Environment.IsPrivilegedProcess)
        {
            SmallDisk.Run("chown", "65534", folder.File("theirs")).Should().BeTrue();
            var foreign = await ExportAsync("theirs");
            (foreign.ExitCode, foreign.Errors).Should().Be((69, "theirs is of another user, who could change what is "
                + "put there: name a new folder.\n"));
        }

        (through.ExitCode, through.Errors).Should().Be(
            (69, "link/ is a symbolic link: name the folder itself.\n"));
        Directory.EnumerateFileSystemEntries(folder.File("theirs")).Should().BeEmpty();
    }

    [Fact]
    public async Task The_own_folder_of_an_older_version_is_closed_at_the_next_start()
    {
        Directory.CreateDirectory(folder.File("store/.hfs"));
        SmallDisk.Run("chmod", "755", folder.File("store"), folder.File("store/.hfs"));

        await using var server = await TestServer.StartAsync(
            $"storage_path = \"{folder.File("store")}\"");

        Modes("store").Should().Contain("store", "755", "an operator may have opened it for a proxy")
            .And.Contain("store/.hfs", "700");
    }

    public void Dispose() => folder.Dispose();

    private async Task LayAsync()
    {
        await File.WriteAllTextAsync(folder.File("config.toml"), TestServer.Toml(folder));
        Directory.CreateDirectory(folder.File("store/a"));
        await File.WriteAllTextAsync(folder.File("store/a/b.txt"), "hello");
        SmallDisk.Run("python3", "-c",
            $"import os; os.setxattr('{folder.File("store/a/b.txt")}', 'user.hfs.owner', b'alice@example.org')")
            .Should().BeTrue();
        var rebuilt = await BuiltProgram.RunAsync(folder.Path, ["ledger", "rebuild", "-c", "config.toml"]);
        rebuilt.ExitCode.Should().Be(0, rebuilt.Errors);
    }

    private Task<ProgramResult> ExportAsync(string to) => BuiltProgram.RunAsync(
        folder.Path, ["export", "--owner", "alice@example.org", "--to", to, "-c", "config.toml"]);

    private Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo("sh", ["-c", "umask 0; exec \"$@\"", "sh", "dotnet", BuiltProgram.Path, .. arguments])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;

    private Dictionary<string, string> Modes(params string[] tops) => tops
        .Select(folder.File)
        .SelectMany(top => Directory.Exists(top)
            ? Directory.EnumerateFileSystemEntries(top, "*", SearchOption.AllDirectories).Prepend(top)
            : [top])
        .ToDictionary(Relative, Octal);

    private string Relative(string path) => Path.GetRelativePath(folder.Path, path);

    private static string Octal(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
