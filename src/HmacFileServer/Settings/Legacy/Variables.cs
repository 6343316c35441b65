using System.Collections;
using System.Text.RegularExpressions;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Legacy;

/// <summary>
/// <c>${NAME}</c> within a string stands for a variable of the environment; <c>$${NAME}</c> is the text itself. One
/// that is not set is a mistake, never an empty secret.
/// </summary>
internal static partial class Variables
{
    public static TomlTable Expand(
        TomlTable content, IDictionary environment, List<(TomlPosition Position, string Name)> unset)
    {
        var expanded = new TomlTable(content.Position);
        foreach (var entry in content.Entries)
        {
            expanded.Add(entry.Key, Expand(entry.Value, environment, unset), entry.KeyPosition);
        }

        return expanded;
    }

    private static TomlValue Expand(
        TomlValue value, IDictionary environment, List<(TomlPosition Position, string Name)> unset)
    {
        switch (value)
        {
            case TomlTable table:
                return Expand(table, environment, unset);
            case TomlArray array:
                var items = new TomlArray(array.Position);
                foreach (var item in array.Items)
                {
                    items.Add(Expand(item, environment, unset));
                }

                return items;
            case TomlString text when text.Value.Contains("${", StringComparison.Ordinal):
                return new TomlString(
                    Variable().Replace(text.Value, match => Replacement(match, text.Position)), text.Position);
            default:
                return value;
        }

        string Replacement(Match match, TomlPosition position)
        {
            if (match.Groups["escape"].Length > 0)
            {
                return match.Value[1..];
            }

            var name = match.Groups["name"].Value;
            if (environment[name] is string found)
            {
                return found;
            }

            unset.Add((position, name));
            return match.Value;
        }
    }

    private const RegexOptions Options = RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking;

    [GeneratedRegex(@"(?<escape>\$?)\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}", Options)]
    private static partial Regex Variable();
}
