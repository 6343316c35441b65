using HmacFileServer.Ledger.Sqlite;
using HmacFileServer.Tests.Support;
using SQLitePCL;

namespace HmacFileServer.Tests.Commands.Migrate;

/// <summary>What Prosody's mod_http_file_share kept, with its list in either of its storages.</summary>
public sealed class ProsodyStoreTests : IDisposable
{
    private const string Host = "upload%2eexample%2eorg";

    private readonly OldStoreFolder folder = new();

    [Fact]
    public async Task The_files_of_prosody_get_the_names_and_owners_of_its_archive()
    {
        folder.Lay("http_file_share/Ab%2d%5fc.bin", "theirs");
        folder.Lay("http_file_share/unknown.bin", "nobody's");
        folder.Lay("uploads.list", ProsodyItem("Ab-_c", @"K\195\164t\""ze\0309.jpg", "image/jpeg")
            + ProsodyItem("never", "sent.jpg", "image/jpeg"));

        var (migrated, answers) = await folder.MigrateAsync(
            "prosody", "/Ab-_c/K%C3%A4t%22ze%1E9.jpg", "/Ab-_c/K%C3%A4t%22ze.jpg");

        migrated.Errors.Should().Contain("no URL can have this name", "a control character is in it");
        answers.Should().OnlyContain(answer => answer == "404  ");

        folder.Lay("uploads.list", ProsodyItem("Ab-_c", @"K\195\164t\""ze.jpg", "image/jpeg")
            + ProsodyItem("never", "sent.jpg", "image/jpeg"));
        (migrated, answers) = await folder.MigrateAsync("prosody", "/Ab-_c/K%C3%A4t%22ze.jpg");

        migrated.ExitCode.Should().Be(0, migrated.Errors);
        answers.Should().Equal("200 image/jpeg theirs");
        (await folder.RunAsync("usage", "--owner", "alice@example.org"))
            .Output.Should().StartWith("alice@example.org\t6 B\t1");
    }

    [Fact]
    public async Task The_names_may_be_in_a_database_beside_the_folders_of_the_hosts()
    {
        folder.Lay($"{Host}/http_file_share/Ab%2d%5fc.bin", "theirs");
        MakeDatabase(
            "old/prosody.sqlite",
            ("upload.example.org", "uploads", "Ab-_c", Request("K\u00e4t&quot;ze &amp; &lt;1&gt;.jpg")),
            ("upload.example.org", "uploads", "never", Request("sent.jpg")),
            ("upload.example.org", "uploads", "odd", "<!DOCTYPE x><broken"),
            ("upload.example.org", "other", "Ab-_c", Request("other.jpg")),
            ("elsewhere.example", "uploads", "Ab-_c", Request("another.jpg")));

        var (migrated, answers) = await folder.MigrateAsync(
            () => MigrateHostAsync(), "/Ab-_c/K%C3%A4t%22ze%20&%20%3C1%3E.jpg", "/Ab-_c/another.jpg");

        migrated.Should().Match<ProgramResult>(
            run => run.ExitCode == 0 && run.Output.StartsWith("Linked 1 files, copied 0"));
        answers.Should().Equal("200 image/webp theirs", "404  ");
        (await folder.RunAsync("usage", "--owner", "alice@example.org"))
            .Output.Should().StartWith("alice@example.org\t6 B\t1");
    }

    [Fact]
    public async Task A_database_elsewhere_is_named()
    {
        folder.Lay($"{Host}/http_file_share/slot.bin", "theirs");
        MakeDatabase("elsewhere.db", ("upload.example.org", "uploads", "slot", Request("a.jpg")));

        folder.Configure();

        var without = await MigrateHostAsync();
        var (_, answers) = await folder.MigrateAsync(
            () => MigrateHostAsync("--archive", folder.File("elsewhere.db")), "/slot/a.jpg");

        without.Errors.Should().Contain("Name the one or the other with --archive");
        answers.Should().Equal("200 image/webp theirs");
    }

    [Fact]
    public async Task A_database_of_something_else_is_told()
    {
        folder.Lay($"{Host}/http_file_share/slot.bin", "theirs");
        folder.Configure();
        Execute("elsewhere.db", "CREATE TABLE cookies (name TEXT)");

        var run = await MigrateHostAsync("--archive", folder.File("elsewhere.db"));

        run.ExitCode.Should().Be(69);
        run.Errors.Should().Contain("The database is not one that Prosody's mod_storage_sql writes: ");
    }

    [Fact]
    public async Task What_is_no_list_of_prosody_is_told()
    {
        folder.Lay("http_file_share/x.bin", "theirs");
        folder.Lay("uploads.list", "os.execute('boom')");
        folder.Configure();

        var run = await folder.MigrateStoreAsync("prosody");

        run.ExitCode.Should().Be(69);
        run.Errors.Should().EndWith("The list is not one that Prosody's internal storage writes.\n");
    }

    public void Dispose() => folder.Dispose();

    private Task<ProgramResult> MigrateHostAsync(params string[] more) =>
        folder.RunAsync(["migrate", "store", "--from", "prosody", folder.File($"old/{Host}"), .. more]);

    private static string Request(string name) =>
        $"<request content-type='image/webp' filename='{name}' size='6' xmlns='urn:xmpp:http:upload:0'/>";

    private static string ProsodyItem(string slot, string name, string type) =>
        $$"""
        item({
        	["attr"] = {
        		["content-type"] = "{{type}}";
        		["filename"] = "{{name}}";
        		["size"] = "6";
        	};
        	{
        		["name"] = "child";
        	};
        	["key"] = "{{slot}}";
        	["when"] = 1700000000;
        	["name"] = "request";
        	["with"] = "alice@example.org";
        });

        """;

    /// <summary>The table as Prosody's mod_storage_sql makes it.</summary>
    private void MakeDatabase(string file, params (string Host, string Store, string Key, string Value)[] rows)
    {
        const string Table = """
            CREATE TABLE prosodyarchive (sort_id INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL,
            user TEXT NOT NULL, store TEXT NOT NULL, key TEXT NOT NULL, "when" INTEGER NOT NULL, "with" TEXT NOT NULL,
            type TEXT NOT NULL, value TEXT NOT NULL)
            """;
        Execute(file, Table);
        foreach (var row in rows)
        {
            Execute(
                file,
                "INSERT INTO prosodyarchive VALUES (NULL, ?, '', ?, ?, 1700000000, 'alice@example.org', 'xml', ?)",
                row.Host, row.Store, row.Key, row.Value);
        }
    }

    private void Execute(string file, string sql, params string[] values)
    {
        const int Flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE;
        using var database = Database.Open(folder.File(file), Flags, TimeSpan.Zero);
        using var statement = new Statement(database, sql);
        for (var i = 0; i < values.Length; i++)
        {
            statement.Set(i + 1, values[i]);
        }

        statement.Run();
    }
}
