using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands;

/// <summary>Root runs the program in a store of another user, who may have put anything there.</summary>
public sealed class RootTests : IDisposable
{
    private readonly ForeignStore store = new();

    [RootFact]
    public async Task What_root_makes_in_a_store_belongs_to_whose_store_it_is()
    {
        store.Lay("old/u/r/a.txt", "theirs");
        SmallDisk.Run("chmod", "-R", "755", store.InFolder("old"));

        string[][] verbs =
        [
            ["check"], ["migrate", "store", "--from", "ejabberd", store.InFolder("old")], ["ledger", "rebuild"],
            ["usage"], ["files", "list"], ["files", "delete", "u/r/a.txt", "--yes"], ["sign", "a", "--size", "5"],
        ];
        foreach (var verb in verbs)
        {
            var run = await store.RunAsync(verb);
            run.ExitCode.Should().BeOneOf([0, 1], "{0}: {1}{2}", string.Join(' ', verb), run.Output, run.Errors);
        }

        (await store.OfOthersAsync("store", "log")).Should().BeEmpty();
    }

    [RootFact]
    public Task A_link_in_place_of_the_store_leads_root_nowhere() => LeadAsync("roots", isFurther: false);

    [RootFact]
    public Task A_link_further_up_leads_root_nowhere() => LeadAsync("roots/in/it", isFurther: true);

    private async Task LeadAsync(string target, bool isFurther)
    {
        var made = store.InFolder($"{target}/kept");
        Directory.CreateDirectory(made);
        Directory.Delete(store.InFolder("store"), recursive: true);
        if (isFurther)
        {
            store.Lay("theirs/x", "");
            store.Give("theirs");
            File.CreateSymbolicLink(store.InFolder("theirs/way"), store.InFolder("roots/in"));
            File.CreateSymbolicLink(store.InFolder("store"), "theirs/way/it");
        }
        else
        {
            File.CreateSymbolicLink(store.InFolder("store"), target);
            store.Give("store");
        }

        foreach (var verb in (string[][])[["check"], ["ledger", "rebuild"], ["files", "list"]])
        {
            await store.RunAsync(verb);
        }

        Directory.GetFileSystemEntries(store.InFolder(target)).Should().Equal(made);
    }

    [RootFact]
    public async Task A_server_that_root_starts_works_as_the_user_whose_store_it_is()
    {
        var owner = "";
        var run = await BuiltProgram.ServeAsync(store.Path, ["-c", "config.toml"], async () =>
        {
            using var http = UnixHttp.Client(store.InFolder("store/s.sock"));
            var put = await http.PutAsync(
                UnixHttp.Raw(SignedUrls.V("a/b", 5)), new ByteArrayContent("hello"u8.ToArray()));
            put.StatusCode.Should().Be(System.Net.HttpStatusCode.Created);
            owner = await store.OfOthersAsync("store", "log");
        });

        owner.Should().BeEmpty();
        run.Output.Should().Contain("Started by root, works as nobody, whose store it is");
    }

    [RootFact]
    public async Task A_first_start_by_root_makes_its_secret_for_the_user_whose_folder_it_is()
    {
        Directory.CreateDirectory(store.InFolder("home"));
        store.Give("home");

        await BuiltProgram.ServeAsync(
            store.InFolder("home"), [], () => Task.CompletedTask,
            ("HFS_SERVER__LISTEN_ADDRESS", $"unix:{store.InFolder("home")}/s"), ("HFS_METRICS__LISTEN_ADDRESS", ""));

        File.Exists(store.InFolder("home/data/secret")).Should().BeTrue();
        (await store.OfOthersAsync("home")).Should().BeEmpty();
    }

    [RootFact]
    public async Task Roots_line_in_the_audit_log_goes_through_no_link_and_names_root()
    {
        File.CreateSymbolicLink(store.InFolder("log/audit.jsonl"), store.InFolder("precious"));
        store.Give("log");

        var through = await store.RunAsync("ledger", "rebuild");
        File.Delete(store.InFolder("log/audit.jsonl"));
        await store.RunAsync("ledger", "rebuild");

        (await File.ReadAllTextAsync(store.InFolder("precious"))).Should().Be("precious\n");
        through.Errors.Should().Contain("The audit log can't be written").And.Contain("symbolic link");
        var user = Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } caller ? caller : "root";
        (await File.ReadAllTextAsync(store.InFolder("log/audit.jsonl"))).Should().Contain($"\"user\":\"{user}\"");
        (await store.OfOthersAsync("log")).Should().BeEmpty();
    }

    [RootFact]
    public async Task An_audit_log_in_a_store_of_roots_own_goes_through_no_link_either()
    {
        SmallDisk.Run("chown", "-R", "0:0", store.InFolder("store"), store.InFolder("log"));
        File.CreateSymbolicLink(store.InFolder("log/audit.jsonl"), store.InFolder("precious"));

        var run = await store.RunAsync("ledger", "rebuild");

        run.Errors.Should().Contain("symbolic link");
        (await File.ReadAllTextAsync(store.InFolder("precious"))).Should().Be("precious\n");
    }

    [RootFact]
    public async Task Links_where_the_store_has_its_own_things_lead_root_nowhere()
    {
        Directory.Delete(store.InFolder("store/.hfs"));
        Directory.CreateDirectory(store.InFolder("closed"));
        Directory.CreateSymbolicLink(store.InFolder("store/.hfs"), store.InFolder("closed"));
        store.Give("store");

        var run = await store.RunAsync("ledger", "rebuild");

        run.ExitCode.Should().Be(69);
        run.Errors.Should().Contain("root works as nobody");
        Directory.EnumerateFileSystemEntries(store.InFolder("closed")).Should().BeEmpty();
    }

    [RootFact]
    public async Task Where_root_cannot_work_as_the_owner_it_refuses_with_a_sentence()
    {
        File.SetUnixFileMode(
            store.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var run = await store.RunAsync("usage");

        run.ExitCode.Should().Be(78);
        run.Errors.Should().MatchRegex("^The store .*/store is of nobody, .* who can't reach .*\n$");
        Directory.EnumerateFileSystemEntries(store.InFolder("store/.hfs")).Should().BeEmpty();
    }

    [RootFact]
    public async Task A_ledger_in_a_mount_point_of_roots_belongs_to_whose_own_folder_is_in_it()
    {
        SmallDisk.Run("chown", "0:0", store.InFolder("store"));

        await store.RunAsync("ledger", "rebuild");

        (await store.OfOthersAsync("store/.hfs")).Should().BeEmpty();
    }

    [RootFact]
    public async Task Another_user_who_may_read_the_configuration_is_told_so_and_changes_nothing()
    {
        SmallDisk.Run("chmod", "644", store.InFolder("config.toml"));
        await store.RunAsync("ledger", "rebuild");

        var (exit, said) = await Tool.RunAsync(
            "setpriv",
            ["--reuid=65533", "--regid=65533", "--clear-groups", "dotnet", BuiltProgram.Path, "files", "list", "-c",
                store.InFolder("config.toml")],
            folder: store.Path);

        exit.Should().Be(78, said);
        said.Should().Contain("audit.jsonl\" can't be written");
        (await store.OfOthersAsync("store", "log")).Should().BeEmpty();
    }

    public void Dispose() => store.Dispose();
}
