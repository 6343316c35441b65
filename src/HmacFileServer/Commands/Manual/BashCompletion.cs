using System.CommandLine;
using System.Text;

namespace HmacFileServer.Commands.Manual;

/// <summary>
/// Completion for bash, from the tree that parses the command line. Nothing is run while somebody types.
/// </summary>
internal static class BashCompletion
{
    private const string Head = """
        # Completion for hmac-file-server. Made by: hmac-file-server completion bash
        _hmac_file_server() {
          local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb= words= i
          for ((i = 1; i < COMP_CWORD; i++)); do

        """;

    private const string Tail = """
          mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        }
        complete -F _hmac_file_server hmac-file-server

        """;

    public static string Write(RootCommand root)
    {
        var verbs = Verb.All(root);
        var script = new StringBuilder(Head);
        void Line(string line) => script.Append(line).Append('\n');

        Line("    case \"$verb ${COMP_WORDS[i]}\" in");
        var paths = string.Join('|', verbs.Skip(1).Select(verb => Quoted(" " + verb.Path)));
        Line($"      {paths}) verb=\"$verb ${{COMP_WORDS[i]}}\" ;;");
        Line("    esac");
        Line("  done");
        Line("  case \"$verb:$previous\" in");
        foreach (var at in Values(verbs).GroupBy(value => value.Action, value => value.At))
        {
            Line($"    {string.Join('|', at.Select(Quoted))}) {at.Key}; return ;;");
        }

        Line("  esac");
        Line("  case \"$verb\" in");
        foreach (var verb in verbs)
        {
            var words = verb.Verbs.Select(child => child.Name)
                .Concat(verb.Arguments.SelectMany(Verb.Values))
                .Concat(verb.Options.SelectMany(Verb.Names));
            Line($"    {Quoted(Spaced(verb))}) words={Quoted(string.Join(' ', words))} ;;");
        }

        Line("  esac");
        return script.Append(Tail).ToString();
    }

    private static IEnumerable<(string Action, string At)> Values(IEnumerable<Verb> verbs) =>
        from verb in verbs
        from option in verb.Options
        where Verb.TakesValue(option)
        from name in Verb.Names(option)
        select (Action(option), $"{Spaced(verb)}:{name}");

    private static string Action(Option option) => Verb.KindOf(option) switch
    {
        ValueKind.File => "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\")",
        ValueKind.Folder => "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$current\")",
        ValueKind.Words =>
            $"mapfile -t COMPREPLY < <(compgen -W {Quoted(string.Join(' ', Verb.Values(option)))} -- \"$current\")",
        _ => "COMPREPLY=()",
    };

    private static string Spaced(Verb verb) => verb.Path.Length == 0 ? "" : " " + verb.Path;

    private static string Quoted(string text) => $"'{text}'";
}
