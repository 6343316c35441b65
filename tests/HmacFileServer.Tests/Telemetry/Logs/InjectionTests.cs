using System.Text.Json;
using HmacFileServer.Ledger;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Telemetry.Logs;

/// <summary>Text of strangers that would command a terminal or forge a line, wherever it can be said.</summary>
public sealed class InjectionTests
{
    private const string Evil = "\u001b[2J\u009b1m\r\n2026-01-01 00:00:00 [INF] Stored forged\u202e\u2028\ufeff\u0007";

    private readonly ManualClock clock = new(TimeProvider.System.GetUtcNow());

    [Theory]
    [InlineData("debug", "text")]
    [InlineData("debug", "json")]
    public async Task Nothing_that_commands_a_terminal_or_forges_a_line_reaches_any_log(string level, string format)
    {
        using var folder = new TempFolder();
        const string Key = "0123456789abcdef0123456789abcdef";
        await using var server = await ServerProcess.StartAsync(
            folder,
            $"level = \"{level}\"\nformat = \"{format}\"\nfile = \"{folder.File("log")}\"\n"
            + $"audit_file = \"{folder.File("audit")}\"\n[xmpp]\nservice_key = \"{Key}\"\n",
            config => BuiltProgram.Start(
                folder.Path, ["serve", "-c", config], ("HFS_SERVER__PUBLIC_URL", "https://h/")));
        var escaped = Uri.EscapeDataString(Evil);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        string Jwt(string slot, params (string, object?)[] claims) => SignedUrls.Jwt(
            SignedUrls.Claims([("slot", slot), ("iat", now), ("exp", now + 300), .. claims]));
        var hello = "hello"u8.ToArray();
        await server.PutAsync("/s1/cat.jpg", hello, Jwt("s1", ("sub", $"a{Evil}@example.org")));
        await server.PutAsync("/s2/cat.jpg", hello, Jwt("s2", ("filetype", $"image/png{Evil}")));
        await server.PutAsync("/s3/cat.jpg", hello, Jwt("s3"), "Content-Type: image/\u001b[2J\u0007\u007f");
        await server.PutAsync(SignedUrls.V("u/a\u202egpj.exe", 5), hello);
        await server.PutAsync(SignedUrls.V2("u/4", 5, ""), hello, "Content-Type: text/\u001b[2J, \u009bx");
        await server.PutAsync($"/u/{escaped}?v=00", hello);
        await server.GetAsync($"/u/{escaped}");
        await server.GetAsync($"/slot/{Key}?jid={escaped}%40example.org&name=a&size=5");
        await server.GetAsync("/u/1", "User-Agent: \u001b[2J", "Referer: \u001b[2J", "X-Forwarded-For: \u001b[2J");
        await RawAsync(server, "PUT /u/\u001b[2J\u0007\u007f?v=00 HTTP/1.1");
        await RawAsync(server, "\u001b[2J /u/1 HTTP/1.1");
        await server.StopAsync();

        var audit = await File.ReadAllTextAsync(folder.File("audit"));
        var file = string.Concat(Directory.EnumerateFiles(folder.Path, "log*").Select(File.ReadAllText));
        foreach (var text in new[] { server.Output, file, audit })
        {
            text.Should().NotContainAny(Evil.Where(c => char.IsControl(c) && c != '\n').Select(c => c.ToString()))
                .And.NotContainAny("\u202e", "\u2028", "\ufeff", "\u007f")
                .And.NotContain("\n2026-01-01 00:00:00 [INF] Stored forged");
        }

        audit.Should().Contain("u/a\\u202Egpj.exe");
    }

    [Fact]
    public async Task A_token_whose_subject_cannot_be_shown_is_a_bad_one()
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        foreach (var subject in new[] { "a\u001b[2J@h", "a\n@h", "a\u009b@h", "a\u202e@h", "a\u2028@h" })
        {
            var put = await server.PutAsync(
                "/s1/cat.jpg", "hello"u8.ToArray(), SignedUrls.Jwt(SignedUrls.Claims(("sub", subject))));

            (put.Status, put["X-Refusal"]).Should().Be((403, "bad-signature"));
        }

        server.ExpectLeft();
        server.Log.Of(304).First().Should().EndWith("the claim sub contains characters that can't be seen");
    }

    [Theory]
    [InlineData("a%1b%5b2J%40example.org")]
    [InlineData("a%0a%40example.org")]
    [InlineData("a%40example.org%C2%9B")]
    [InlineData("a%E2%80%AE%40example.org")]
    public async Task A_slot_is_not_given_to_an_address_that_cannot_be_shown(string jid)
    {
        const string Key = "0123456789abcdef0123456789abcdef";
        await using var server = await TestServer.StartAsync(
            "public_url = \"https://upload.example.org/\"", more: $"[xmpp]\nservice_key = \"{Key}\"\n");

        var answer = await server.GetAsync($"/slot/{Key}?jid={jid}&name=a&size=5");

        (answer.Status, answer["X-Refusal"]).Should().Be((400, "bad-request"));
    }

    [Fact]
    public async Task Commands_print_names_so_that_they_command_nothing_and_json_keeps_them_exactly()
    {
        await using var server = await TestServer.StartAsync(clock: clock);
        var ledger = server.Service<ILedger>();
        var entry = new LedgerEntry
        {
            Key = "u/a\u202egpj.exe",
            Size = 5,
            Scheme = "v",
            Owner = $"eve{Evil}",
            ContentType = $"image/png{Evil}",
            StoredAt = clock.GetUtcNow(),
        };
        await ledger.EnrolAsync(entry);
        ledger.Confirm(entry);
        await ledger.NoteAsync("settled", "1");
        string[][] commands =
        [
            ["files", "list"], ["files", "show", entry.Key], ["usage"], ["usage", "--owner", entry.Owner],
            ["files", "show", "u/\u202e\u009b"], ["files", "delete", "u/\u202e\u009b"],
            ["export", "--owner", entry.Owner, "--to", server.InFolder("out")], ["files", "show", Evil], [Evil],
            ["files", "list", "--larger-than", Evil], ["check", "--nginx", $"/nowhere/{Evil}"],
            ["migrate", "config", $"/nowhere/{Evil}"], ["migrate", "store", "--from", "prosody", $"/nowhere/{Evil}"],
        ];

        foreach (var command in commands)
        {
            var run = await RunAsync(server, command);

            (run.Output + run.Errors).Should().NotBeEmpty(string.Join(' ', command))
                .And.NotContainAny("\u001b", "\u009b", "\r", "\u202e", "\u2028", "\ufeff", "\u0007");
        }

        (await RunAsync(server, "files", "list")).Output.Should().StartWith(
            "u/a\\u202Egpj.exe\t5 B\teve\\u001B[2J\\u009B1m\\u000D\\u000A2026-01-01 00:00:00 [INF] Stored forged")
            .And.Match(text => text.Count(character => character == '\n') == 1);
        var json = JsonDocument.Parse((await RunAsync(server, "files", "list", "--json")).Output);
        json.RootElement[0].GetProperty("owner").GetString().Should().Be(entry.Owner);
    }

    private static Task<ProgramResult> RunAsync(TestServer server, params string[] arguments) => BuiltProgram.RunAsync(
        server.StorePath, [.. arguments, "-c", Path.Combine(server.StorePath, "..", "config.toml")]);

    private static async Task RawAsync(ServerProcess server, string requestLine)
    {
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync(requestLine, "Host: h", "Content-Length: 0", "Connection: close");
        await wire.ReadToEndAsync();
    }
}
