using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Settings;

/// <summary>A secret that every user of the machine can read is none.</summary>
public sealed class OpenSecretTests : IDisposable
{
    private readonly TempFolder folder = new();

    public OpenSecretTests() => SmallDisk.Run("chmod", "755", folder.Path);

    [Theory]
    [InlineData("secret = '0123456789abcdef0123456789abcdef'", "config.toml", "644", true)]
    [InlineData("secret = '0123456789abcdef0123456789abcdef'", "config.toml", "602", true)]
    [InlineData("secret = '0123456789abcdef0123456789abcdef'", "config.toml", "640", false)]
    [InlineData("previous_secrets = ['0123456789abcdef']\nsecret_file = 'secret'", "config.toml", "644", true)]
    [InlineData("secret_file = 'secret'", "config.toml", "644", false)]
    [InlineData("secret_file = 'secret'", "secret", "644", true)]
    [InlineData("secret_file = 'secret'", "secret", "640", false)]
    public async Task A_secret_that_others_can_read_is_a_warning_at_start_and_fails_the_check(
        string security, string file, string mode, bool isOpen)
    {
        await File.WriteAllTextAsync(folder.File("secret"), "fedcba9876543210fedcba9876543210\n");
        await File.WriteAllTextAsync(
            folder.File("config.toml"),
            $"""
            [server]
            listen_address = 'unix:{folder.File("s")}'
            min_free_bytes = 0
            [metrics]
            listen_address = ''
            [security]
            {security}
            """);
        SmallDisk.Run("chmod", "600", folder.File("secret"));
        SmallDisk.Run("chmod", mode, folder.File(file));

        var check = await BuiltProgram.RunAsync(folder.Path, ["check", "-c", "config.toml", "--json"]);
        var serve = await BuiltProgram.ServeAsync(folder.Path, ["-c", "config.toml"], () => Task.CompletedTask);

        check.Output.Contains("\"open-secret\"", StringComparison.Ordinal).Should().Be(isOpen, check.Output);
        if (isOpen)
        {
            check.ExitCode.Should().Be(2);
        }

        var warning = $"[WRN] {file} holds a secret";
        serve.Output.Contains(warning, StringComparison.Ordinal).Should().Be(isOpen, serve.Output);
    }

    [Fact]
    public async Task The_secret_of_an_old_configuration_counts_and_a_folder_that_keeps_others_out_protects_it()
    {
        await File.WriteAllTextAsync(
            folder.File("old.toml"),
            "listenPort = ':0'\nsecret = '0123456789abcdef0123456789abcdef'\nstoreDir = './store'\n");
        SmallDisk.Run("chmod", "644", folder.File("old.toml"));

        var open = await BuiltProgram.RunAsync(folder.Path, ["check", "-c", "old.toml", "--json"]);
        SmallDisk.Run("chmod", "700", folder.Path);
        var closed = await BuiltProgram.RunAsync(folder.Path, ["check", "-c", "old.toml", "--json"]);

        open.Output.Should().Contain("open-secret");
        closed.Output.Should().NotContain("open-secret");
    }

    public void Dispose() => folder.Dispose();
}
