using System.Globalization;
using System.Text.Json;

namespace HmacFileServer.Interop.Support.Doctor;

/// <summary>One finding of "check --json", as a script sees it.</summary>
internal sealed record FoundIssue(string Severity, string Code, string File, int Line, FoundEdit? Edit);

internal sealed record FoundEdit(string File, int Line, bool Below, string Text);

/// <summary>The program's own <c>check</c>, run as an operator runs it.</summary>
internal sealed record CheckRun(int Exit, string Output)
{
    public static async Task<CheckRun> OfAsync(
        string folder, IEnumerable<KeyValuePair<string, string>> environment, params string[] arguments)
    {
        var run = await ProgramRun.OfAsync(folder, environment, ["check", .. arguments]);
        return new CheckRun(run.Exit, run.Output);
    }

    /// <summary>The findings of one section, without what is in order.</summary>
    public IReadOnlyList<FoundIssue> Issues(string section)
    {
        using var report = JsonDocument.Parse(Output);
        return
        [
            .. report.RootElement.GetProperty("sections").EnumerateArray()
                .Where(one => one.GetProperty("name").GetString() == section)
                .SelectMany(one => one.GetProperty("findings").EnumerateArray())
                .Select(Read)
                .Where(issue => issue.Severity != "good"),
        ];
    }

    /// <summary>
    /// Does what the findings say, the last lines first, so that the numbers of the others stay right.
    /// </summary>
    public static void Apply(IEnumerable<FoundIssue> issues)
    {
        foreach (var file in issues.Select(issue => issue.Edit).OfType<FoundEdit>().Distinct()
            .GroupBy(edit => edit.File))
        {
            var lines = File.ReadAllLines(file.Key).ToList();
            foreach (var edit in file.OrderByDescending(edit => edit.Line).ThenByDescending(edit => edit.Below))
            {
                if (edit.Below)
                {
                    lines.Insert(edit.Line, edit.Text);
                }
                else
                {
                    lines[edit.Line - 1] = edit.Text;
                }
            }

            File.WriteAllLines(file.Key, lines);
        }
    }

    private static FoundIssue Read(JsonElement finding)
    {
        string Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString()! : "";
        int Line(JsonElement of) => of.TryGetProperty("line", out var value) ? value.GetInt32() : 0;
        FoundEdit? edit = finding.TryGetProperty("edit", out var found)
            ? new FoundEdit(Text(found, "file"), Line(found), Text(found, "kind") == "add-below", Text(found, "text"))
            : null;
        return new FoundIssue(
            Text(finding, "severity"), Text(finding, "code"), Text(finding, "file"), Line(finding), edit);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"exit {Exit}: {Output}");
}
