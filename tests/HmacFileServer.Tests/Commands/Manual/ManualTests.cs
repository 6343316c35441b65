using HmacFileServer.Commands;
using HmacFileServer.Commands.Manual;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands.Manual;

public sealed class ManualTests : IDisposable
{
    private static readonly IReadOnlyList<Verb> Verbs = Verb.All(CommandLine.Root());

    private readonly TempFolder folder = new();

    [Fact]
    public void Every_verb_option_and_exit_code_is_in_the_manual_page()
    {
        var page = Page().Replace("\\-", "-", StringComparison.Ordinal);

        Verbs.Select(verb => verb.Path).Should().Contain(["", "serve", "files list", "migrate store", "completion"]);
        foreach (var verb in Verbs.Where(verb => !verb.Verbs.Any()))
        {
            page.Should().Contain($"\n.SS {verb.Path}").And.Contain(verb.Command.Description);
            foreach (var option in verb.Options)
            {
                option.Description.Should().NotBeNullOrEmpty(option.Name);
                page.Should().Contain($"\\fB{option.Name}\\fR").And.Contain(option.Description);
            }
        }

        var codes = typeof(ExitCode).GetFields().Select(field => field.GetRawConstantValue());
        codes.Should().OnlyContain(code => page.Contains($"\n\\fB{code}\\fR\n", StringComparison.Ordinal));
    }

    [ProgramFact("mandoc")]
    public async Task Mandoc_has_nothing_to_object_to_in_the_manual_page()
    {
        var (exit, said) = await Tool.RunAsync("mandoc", ["-T", "lint", "-W", "warning"], Page());

        (exit, said).Should().Be((0, ""));
    }

    [Fact]
    public async Task The_program_prints_the_page_and_the_scripts()
    {
        (await BuiltProgram.RunAsync(folder.Path, ["man"])).Output.Should().StartWith(".TH HMAC-FILE-SERVER 1 ");
        (await BuiltProgram.RunAsync(folder.Path, ["completion", "bash"]))
            .Output.Should().Be(CompletionScript.Bash);
        (await BuiltProgram.RunAsync(folder.Path, ["completion", "tcsh"])).ExitCode.Should().Be(64);
    }

    [Theory]
    [InlineData("", "", "serve check sign files usage --config --help --version")]
    [InlineData("files", "", "list show delete block-hash")]
    [InlineData("files", "de", "delete")]
    [InlineData("files list", "--o", "--owner --older-than")]
    [InlineData("-c my.toml files list", "--la", "--larger-than")]
    [InlineData("sign --scheme", "v", "v v2 v3")]
    [InlineData("completion", "", "bash zsh fish")]
    [InlineData("check --nginx", "ng", "nginx file.conf")]
    public async Task Bash_completes_verbs_options_values_and_files(string before, string current, string expected)
    {
        await File.WriteAllTextAsync(folder.File("nginx file.conf"), "");
        var words = string.Join(
            ' ', before.Split(' ', StringSplitOptions.RemoveEmptyEntries).Prepend("hmac-file-server"));
        var script = $$"""
            hmac-file-server() { dotnet '{{BuiltProgram.Path}}' "$@"; }
            {{CompletionScript.Bash}}
            COMP_WORDS=({{words}} '{{current}}')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            COMP_LINE="${COMP_WORDS[*]}"
            COMP_POINT=${#COMP_LINE}
            _hmac_file_server
            # what readline does then, by -o default
            if [ ${#COMPREPLY[@]} = 0 ] && [[ $(complete -p hmac-file-server) == *'-o default'* ]]; then
              mapfile -t COMPREPLY < <(compgen -f -- '{{current}}')
            fi
            printf '%s\n' "${COMPREPLY[@]}"
            """;

        var (exit, said) = await Tool.RunAsync("bash", ["-u", "-c", script], folder: folder.Path);

        exit.Should().Be(0, said);
        Judge(said, expected);
    }

    [ProgramTheory("zsh")]
    [InlineData("files ''", "list show delete block-hash --config --help")]
    [InlineData("sign --scheme ''", "v v2 token v3 jwt")]
    [InlineData("check --nginx ''", "FILES")]
    public async Task Zsh_completes_verbs_options_values_and_files(string words, string expected)
    {
        await File.WriteAllTextAsync(folder.File("_hmac"), CompletionScript.Zsh);
        var script = $$"""
            hmac-file-server() { dotnet '{{BuiltProgram.Path}}' "$@" }
            _files() { print FILES }
            compadd() { print -rl -- "${(@)@[2,-1]}" }
            words=(hmac-file-server {{words}}); CURRENT=$#words
            source ./_hmac
            """;

        var (exit, said) = await Tool.RunAsync("zsh", ["-f", "-c", script], folder: folder.Path);

        exit.Should().Be(0, said);
        Judge(said, expected);
    }

    [ProgramTheory("fish")]
    [InlineData("hmac-file-server files ", "list show delete block-hash")]
    [InlineData("hmac-file-server files list --o", "--owner --older-than")]
    [InlineData("hmac-file-server sign --scheme ", "v v2 token v3 jwt")]
    public async Task Fish_completes_verbs_options_and_values(string line, string expected)
    {
        await File.WriteAllTextAsync(folder.File("hmac.fish"), $"""
            function hmac-file-server; dotnet '{BuiltProgram.Path}' $argv; end
            {CompletionScript.Fish}
            """);

        var (exit, said) = await Tool.RunAsync(
            "fish", ["--no-config", "-c", $"source hmac.fish; complete -C '{line}'"], folder: folder.Path);

        exit.Should().Be(0, said);
        Judge(string.Join('\n', said.Split('\n').Select(row => row.Split('\t')[0])), expected);
    }

    public void Dispose() => folder.Dispose();

    private static string Page() => ManPage.Write(CommandLine.Root(), DateTimeOffset.UnixEpoch);

    /// <summary>A name with a space in it is one line; otherwise each word is.</summary>
    private static void Judge(string said, string expected)
    {
        var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Should().Contain(expected.Contains('.', StringComparison.Ordinal) ? [expected] : expected.Split(' '));
    }
}
