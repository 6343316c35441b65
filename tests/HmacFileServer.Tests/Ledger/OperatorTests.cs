using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Ledger;

/// <summary>Who runs the verbs that look into a store: root, or the user that the server runs as.</summary>
public sealed class OperatorTests
{
    [Fact]
    public async Task A_ledger_that_root_rebuilds_belongs_to_whom_the_store_belongs()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("store/.hfs"));
        if (Environment.IsPrivilegedProcess)
        {
            SmallDisk.Run("chmod", "755", folder.Path).Should().BeTrue();
            (await Tool.RunAsync("chown", ["-R", "65534:65534", folder.File("store")])).Exit.Should().Be(0);
        }

        await File.WriteAllTextAsync(folder.File("config.toml"), TestServer.Toml(folder));
        var run = await BuiltProgram.RunAsync(folder.Path, ["ledger", "rebuild", "-c", folder.File("config.toml")]);

        run.ExitCode.Should().Be(0, run.Errors);
        var (_, owners) = await Tool.RunAsync(
            "stat", ["-c", "%u:%g", folder.File("store/.hfs"), folder.File("store/.hfs/ledger.db")]);
        owners.Trim().Split('\n').Distinct().Should().ContainSingle();
    }

    [Theory]
    [InlineData("usage")]
    [InlineData("files", "list")]
    [InlineData("ledger", "rebuild")]
    public async Task Verbs_on_the_store_leave_secret_files_closed_that_are_for_root_alone(params string[] verb)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("store/.hfs"));
        await File.WriteAllTextAsync(folder.File("config.toml"), TestServer.Toml(
            folder, "public_url = \"https://upload.example.org/\"")
            .Replace($"secret = \"{SignedUrls.Secret}\"", "secret_file = \"unreadable\"", StringComparison.Ordinal)
            + "[xmpp]\ndomain = \"upload.example.org\"\nsecret_file = \"unreadable\"\n");
        string[] config = ["-c", folder.File("config.toml")];
        await BuiltProgram.RunAsync(folder.Path, ["ledger", "rebuild", .. config]);

        var run = await BuiltProgram.RunAsync(folder.Path, [.. verb, .. config]);
        var sign = await BuiltProgram.RunAsync(folder.Path, ["sign", "a", "--size", "5", .. config]);

        (run.ExitCode, run.Errors).Should().Be((0, ""));
        sign.ExitCode.Should().Be(78, "signing needs the secret");
    }
}
