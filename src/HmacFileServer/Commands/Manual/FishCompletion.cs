using System.CommandLine;
using System.Globalization;
using System.Text;

namespace HmacFileServer.Commands.Manual;

/// <summary>Completion for fish, with a description of each word.</summary>
internal static class FishCompletion
{
    private const string Head = """
        # Completion for hmac-file-server. Made by: hmac-file-server completion fish
        function __hmac_file_server_at
            set -l verb ''
            for word in (commandline -opc)[2..]
                switch "$verb $word"

        """;

    private const string Middle = """
                        set verb "$verb $word"
                end
            end
            test "$verb" = "$argv[1]"
        end
        complete -c hmac-file-server -f

        """;

    public static string Write(RootCommand root)
    {
        var all = Verb.All(root);
        var script = new StringBuilder(Head);
        script.Append(CultureInfo.InvariantCulture,
            $"            case {string.Join(' ', all.Skip(1).Select(verb => $"' {verb.Path}'"))}\n");
        script.Append(Middle);
        foreach (var verb in all)
        {
            var path = verb.Path.Length == 0 ? "" : " " + verb.Path;
            var at = $"complete -c hmac-file-server -n '__hmac_file_server_at \"{path}\"'";
            foreach (var child in verb.Verbs)
            {
                script.Append(CultureInfo.InvariantCulture, $"{at} -a {child.Name} -d {Quoted(child.Description)}\n");
            }

            foreach (var value in verb.Arguments.SelectMany(Verb.Values))
            {
                script.Append(CultureInfo.InvariantCulture, $"{at} -a {value}\n");
            }

            foreach (var option in verb.Options)
            {
                script.Append(
                    CultureInfo.InvariantCulture, $"{at}{Spelling(option)} -d {Quoted(option.Description)}\n");
            }
        }

        return script.ToString();
    }

    private static string Spelling(Option option)
    {
        var names = Verb.Names(option).Select(name =>
            name.StartsWith("--", StringComparison.Ordinal) ? $" -l {name[2..]}" : $" -s {name[1..]}");
        var value = !Verb.TakesValue(option) ? "" : Verb.KindOf(option) switch
        {
            ValueKind.File => " -r -F",
            ValueKind.Folder => " -x -a '(__fish_complete_directories)'",
            ValueKind.Words => $" -x -a '{string.Join(' ', Verb.Values(option))}'",
            _ => " -x",
        };
        return string.Concat(names) + value;
    }

    private static string Quoted(string? text)
    {
        var escaped = (text ?? "").Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("'", "\\'", StringComparison.Ordinal);
        return $"'{escaped}'";
    }
}
