using System.CommandLine;
using HmacFileServer.Settings.Sources;

namespace HmacFileServer.Commands.Terminal;

/// <summary>The options that several verbs share.</summary>
internal static class CommandArguments
{
    private const int Sha256Digits = 64;

    public static Option<string?> Owner(string description) =>
        new("--owner", "-o") { Description = description, HelpName = "ADDRESS" };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON." };

    public static Option<bool> Yes() => new("--yes", "-y") { Description = "Don't ask." };

    public static Option<T?> Parsed<T>(string name, string description, string helpName, Parse<T> parse)
        where T : struct => new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                if (parse(result.Tokens[0].Value, out var value, out var problem))
                {
                    return value;
                }

                result.AddError(problem);
                return null;
            },
        };

    public static bool TryHash(string text, out byte[] hash)
    {
        hash = text.Length == Sha256Digits && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : [];
        return hash.Length > 0;
    }
}
