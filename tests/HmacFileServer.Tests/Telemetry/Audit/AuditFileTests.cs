using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Telemetry.Audit;

public sealed class AuditFileTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();

    private string Name => folder.File("audit.jsonl");

    [Fact]
    public async Task Writers_that_put_the_file_aside_under_each_other_lose_no_line_and_tear_none()
    {
        const int Writers = 4;
        const int Each = 500;
        using var one = new AuditFile(Name, maxBytes: 4096, maxFiles: 0, clock);
        using var two = new AuditFile(Name, maxBytes: long.MaxValue, maxFiles: 0, clock);

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                (writer % 2 == 0 ? one : two).Append(Line(writer, i));
            }
        })));

        var files = Directory.GetFiles(folder.Path);
        files.Should().HaveCountGreaterThan(5);
        files.SelectMany(File.ReadLines).Should().BeEquivalentTo(
            Enumerable.Range(0, Writers).SelectMany(writer => Enumerable.Range(0, Each).Select(i => Line(writer, i))));
    }

    [Fact]
    public void A_file_that_was_renamed_is_left_alone_and_a_new_one_begun()
    {
        using var file = new AuditFile(Name, long.MaxValue, 0, clock);
        file.Append("1");

        File.Move(Name, Name + ".1");
        file.Append("2");
        File.Delete(Name);
        file.Append("3");

        File.ReadAllText(Name + ".1").Should().Be("1\n");
        File.ReadAllText(Name).Should().Be("3\n");
    }

    [ProgramFact("logrotate")]
    public async Task The_rule_that_operations_md_gives_to_logrotate_loses_nothing()
    {
        var guide = await File.ReadAllTextAsync(Repository.File("docs", "operations.md"));
        const string Path = "/var/log/hmac-file-server/audit.jsonl";
        var start = guide.IndexOf(Path + " {", StringComparison.Ordinal);
        var rule = guide[start..guide.IndexOf("\n}", start, StringComparison.Ordinal)]
            .Replace(Path, Name, StringComparison.Ordinal) + "\n}\n";
        await File.WriteAllTextAsync(
            folder.File("rule"), rule.Replace("su hmac-file-server hmac-file-server", "", StringComparison.Ordinal));
        using var file = new AuditFile(Name, long.MaxValue, 0, clock);

        for (var i = 0; i < 3; i++)
        {
            file.Append($"{i}");
            var (exit, said) = await Tool.RunAsync(
                "/usr/sbin/logrotate", ["--force", "--state", folder.File("state"), folder.File("rule")]);
            exit.Should().Be(0, said);
        }

        file.Append("3");
        File.ReadAllText(Name).Should().Be("3\n");
        File.ReadAllText(Name + ".1").Should().Be("2\n");
        Directory.GetFiles(folder.Path, "audit.jsonl*.gz").Should().HaveCount(2);
    }

    [Fact]
    public void What_a_full_disk_left_of_a_line_does_not_swallow_the_next()
    {
        File.WriteAllText(Name, "{\"whole\":1}\n{\"half\":");

        using var file = new AuditFile(Name, long.MaxValue, 0, clock);
        file.Append("{\"next\":2}");
        file.Append("{\"next\":3}");

        File.ReadAllLines(Name).Should().Equal("{\"whole\":1}", "{\"half\":", "{\"next\":2}", "{\"next\":3}");
    }

    [Fact]
    public void Only_as_many_full_files_stay_as_asked_for_and_nobody_elses_goes()
    {
        File.WriteAllText(Name + ".notes", "mine");
        using var file = new AuditFile(Name, maxBytes: 10, maxFiles: 2, clock);

        for (var i = 0; i < 5; i++)
        {
            file.Append($"line {i}, longer than ten bytes");
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        var left = Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal).Select(File.ReadAllText).ToArray();
        left.Should().HaveCount(4).And.Contain("mine")
            .And.Contain(text => text.StartsWith("line 4", StringComparison.Ordinal))
            .And.NotContain(text => text.StartsWith("line 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_line_is_in_the_file_before_its_upload_is_answered_whatever_comes_then()
    {
        await using var server = await ServerProcess.StartAsync(folder, $"audit_file = \"{Name}\"");
        for (var i = 0; i < 20; i++)
        {
            (await server.PutAsync(SignedUrls.V($"u/{i}", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        }

        await server.KillAsync();

        File.ReadLines(Name).Count(line => line.Contains("\"event\":\"stored\"", StringComparison.Ordinal))
            .Should().Be(20);
    }

    public void Dispose() => folder.Dispose();

    private static string Line(int writer, int i) =>
        $"{{\"writer\":{writer},\"line\":{i},\"filling\":\"{new string('x', i % 97)}\"}}";
}
