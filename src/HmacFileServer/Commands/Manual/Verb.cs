using System.CommandLine;

namespace HmacFileServer.Commands.Manual;

/// <summary>One verb of the command line as it is documented.</summary>
/// <param name="Path">"files list"; empty for the program itself.</param>
/// <param name="Options">Its own and those it has from above.</param>
internal sealed record Verb(string Path, Command Command, IReadOnlyList<Option> Options)
{
    public IEnumerable<Argument> Arguments => Command.Arguments.Where(argument => !argument.Hidden);

    public IEnumerable<Command> Verbs => Command.Subcommands.Where(verb => !verb.Hidden);

    /// <summary>The program, then every verb, each before those below it.</summary>
    public static IReadOnlyList<Verb> All(RootCommand root) => [.. Below(root, "", [])];

    /// <summary>The names of an option as people write them; the spellings of another system aside.</summary>
    public static IReadOnlyList<string> Names(Option option) =>
    [
        .. option.Aliases.Append(option.Name)
            .Where(name => name.StartsWith('-') && name != "-?").OrderBy(name => name.Length),
    ];

    public static bool TakesValue(Option option) =>
        option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool);

    private static IEnumerable<Verb> Below(Command command, string path, IReadOnlyList<Option> inherited)
    {
        var options = command.Options.Where(option => !option.Hidden).ToArray();
        yield return new Verb(path, command, [.. options, .. inherited.Except(options)]);
        Option[] passedOn = [.. inherited, .. options.Where(option => option.Recursive)];
        foreach (var child in command.Subcommands.Where(child => !child.Hidden))
        {
            foreach (var verb in Below(child, $"{path} {child.Name}".TrimStart(), passedOn))
            {
                yield return verb;
            }
        }
    }
}
