using System.CommandLine;
using System.Text;

namespace HmacFileServer.Commands.Manual;

/// <summary>Completion for zsh, with a description of each word.</summary>
internal static class ZshCompletion
{
    private const string Head = """
        #compdef hmac-file-server
        # Completion for hmac-file-server. Made by: hmac-file-server completion zsh
        _hmac_file_server() {
          local verb= word
          local -a verbs options
          for word in "${(@)words[2,CURRENT-1]}"; do

        """;

    private const string Tail = """
          (( $#verbs )) && _describe -t verbs verb verbs
          _describe -o -t options option options
        }
        _hmac_file_server "$@"

        """;

    public static string Write(RootCommand root)
    {
        var all = Verb.All(root);
        var script = new StringBuilder(Head);
        void Line(string line) => script.Append(line).Append('\n');

        Line("    case \"$verb $word\" in");
        Line($"      {string.Join('|', all.Skip(1).Select(verb => $"' {verb.Path}'"))}) verb=\"$verb $word\" ;;");
        Line("    esac");
        Line("  done");
        Line("  case \"$verb:${words[CURRENT-1]}\" in");
        var values = from verb in all
                     from option in verb.Options
                     where Verb.TakesValue(option)
                     from name in Verb.Names(option)
                     group $"'{Spaced(verb)}:{name}'" by Action(option);
        foreach (var at in values)
        {
            Line($"    {string.Join('|', at)}) {at.Key}; return ;;");
        }

        Line("  esac");
        Line("  case \"$verb\" in");
        foreach (var verb in all)
        {
            var words = verb.Verbs.Select(child => Described(child.Name, child.Description))
                .Concat(verb.Arguments.SelectMany(Verb.Values).Select(value => Described(value, null)));
            var options = verb.Options.SelectMany(
                option => Verb.Names(option).Select(name => Described(name, option.Description)));
            Line($"    '{Spaced(verb)}')");
            Line($"      verbs=({string.Join(' ', words)})");
            Line($"      options=({string.Join(' ', options)}) ;;");
        }

        Line("  esac");
        return script.Append(Tail).ToString();
    }

    private static string Action(Option option) => Verb.KindOf(option) switch
    {
        ValueKind.File => "_files",
        ValueKind.Folder => "_files -/",
        ValueKind.Words => $"compadd -- {string.Join(' ', Verb.Values(option))}",
        _ => "_message value",
    };

    private static string Spaced(Verb verb) => verb.Path.Length == 0 ? "" : " " + verb.Path;

    private static string Described(string name, string? description) =>
        $"'{name}{(description is null ? "" : ":" + description.Replace("'", "'\\''", StringComparison.Ordinal))}'";
}
