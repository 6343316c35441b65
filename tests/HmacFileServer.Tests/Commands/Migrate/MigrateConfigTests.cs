using HmacFileServer.Tests.Settings.Legacy;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands.Migrate;

/// <summary><c>migrate config</c> as an operator runs it.</summary>
public sealed class MigrateConfigTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Fact]
    public async Task An_old_file_becomes_one_of_ours_that_says_what_changed_and_what_went()
    {
        await File.WriteAllTextAsync(folder.File("old.toml"), OldConfigurations.Full
            .Replace("/srv/old/uploads", folder.File("store"), StringComparison.Ordinal)
            .Replace("/var/log/hmac-file-server", folder.Path, StringComparison.Ordinal));

        var run = await BuiltProgram.RunAsync(folder.Path, ["migrate", "config", "old.toml", "-o", "new.toml"]);
        var again = await BuiltProgram.RunAsync(folder.Path, ["migrate", "config", "old.toml", "-o", "new.toml"]);
        var check = await BuiltProgram.RunAsync(folder.Path, ["check", "-c", "new.toml"]);

        run.ExitCode.Should().Be(0, run.Errors);
        again.ExitCode.Should().Be(66, "a file that is there is never overwritten");
        check.ExitCode.Should().Be(0, check.Errors);
        check.Output.Should().NotContain("is a configuration of");
        File.GetUnixFileMode(folder.File("new.toml")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var made = await File.ReadAllTextAsync(folder.File("new.toml"));
        made.Should().Contain("# Was logging.max_backups: max_files here\nmax_files = ")
            .And.Contain("listen_address = \"127.0.0.1:8080\"")
            .And.MatchRegex("# no effect redis.redisenabled \\(line \\d+\\)")
            .And.NotContain("your-jwt-secret-nobody-changed", "what is left out is named, not repeated")
            .And.NotContain("NOBODY_SET_THIS");
    }

    [Fact]
    public async Task A_file_of_ours_is_left_alone()
    {
        await File.WriteAllTextAsync(
            folder.File("ours.toml"), $"[server]\nbase_path = '/'\n[security]\nsecret = '{SignedUrls.Secret}'\n");

        var run = await BuiltProgram.RunAsync(folder.Path, ["migrate", "config", "ours.toml"]);

        run.ExitCode.Should().Be(64);
        run.Errors.Should().Be("ours.toml has no key that only an old server knew: it can be used as it is.\n");
    }

    public void Dispose() => folder.Dispose();
}
