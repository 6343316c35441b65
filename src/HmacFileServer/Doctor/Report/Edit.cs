namespace HmacFileServer.Doctor.Report;

/// <summary>What to do to a file: a line that takes another's place, or one more below it.</summary>
internal sealed record Edit(Place Place, EditKind Kind, string Text)
{
    private const string Step = "    ";

    /// <summary>
    /// Of a line that changes in part: which part, so that several changes of one line can become one.
    /// </summary>
    public Splice? Splice { get; init; }

    /// <summary>One line, and of it the part between two columns becomes something else.</summary>
    public static Edit Within(Place place, string line, int start, int end, string text) =>
        new(place, EditKind.Replace,
            line[..start] + text + line[end..])
        { Splice = new Splice(line, start, end, text) };

    /// <summary>
    /// The same findings, but what several of them ask of one line is one line: who does what the last one says must
    /// not undo what the first one said.
    /// </summary>
    public static IReadOnlyList<Finding> Together(IReadOnlyList<Finding> findings)
    {
        var whole = findings
            .Select(finding => finding.Edit)
            .Where(edit => edit?.Splice is not null)
            .Distinct()
            .GroupBy(edit => edit!.Place, edit => edit!.Splice!)
            .Where(line => line.Skip(1).Any())
            .ToDictionary(line => line.Key, line => new Edit(line.Key, EditKind.Replace, Joined([.. line])));
        return
        [
            .. findings.Select(finding => finding.Edit is { Splice: not null } edit
            && whole.TryGetValue(edit.Place, out var all)
                ? finding with { Edit = all }
                : finding),
        ];
    }

    /// <summary>
    /// All changes of a line; of two that overlap, the first: the other is found again once that is done.
    /// </summary>
    private static string Joined(Splice[] splices)
    {
        var line = splices[0].Line;
        var step = "\n" + line[..(line.Length - line.TrimStart().Length)] + Step;
        var (text, done) = ("", 0);
        foreach (var place in splices.GroupBy(splice => splice.Start).OrderBy(place => place.Key))
        {
            if (place.Key < done)
            {
                continue;
            }

            text += line[done..place.Key];
            var added =
                place.Where(splice => splice.End == splice.Start).Select(splice => splice.Text.Trim()).ToArray();
            text += added.Length switch
            {
                0 => "",
                1 => place.First(splice => splice.End == splice.Start).Text,
                _ => step + string.Join(step, added) + step,
            };
            done = place.Key;
            if (place.FirstOrDefault(splice => splice.End > splice.Start) is { } change)
            {
                text += change.Text;
                done = change.End;
            }
            else if (added.Length > 1)
            {
                done += line.Length - done - line[done..].TrimStart().Length;
            }
        }

        return text + line[done..];
    }
}

internal enum EditKind
{
    Replace,
    AddBelow,
}

/// <param name="Line">As it is.</param>
/// <param name="Start">Of what changes in it.</param>
/// <param name="End">The same for what is put between.</param>
internal sealed record Splice(string Line, int Start, int End, string Text);
