using HmacFileServer.Telemetry.Logs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HmacFileServer.Doctor.Report;

/// <summary>The report for a terminal of 80 columns, in colour where the terminal has any.</summary>
internal sealed class TextReport(IAnsiConsole console)
{
    public const int Width = 80;

    private static readonly Padding Indent = new(4, 0, 0, 0);
    private static readonly Padding Deeper = new(8, 0, 0, 0);

    /// <summary>Without colour, and without the spaces that fill lines up: for a file, a pipe, a mail.</summary>
    public static string Plain(IReadOnlyList<Section> sections)
    {
        using var buffer = new StringWriter();
        ToFile(buffer).Write(sections);
        return string.Join('\n', buffer.ToString().Split('\n').Select(line => line.TrimEnd()));
    }

    /// <summary>In colour, where the terminal has any.</summary>
    public static TextReport OnTerminal() => Of(AnsiConsole.Console);

    private static TextReport ToFile(TextWriter output) => Of(AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(output),
        Ansi = AnsiSupport.No,
        Interactive = InteractionSupport.No,
    }));

    private static TextReport Of(IAnsiConsole console)
    {
        console.Profile.Width = Width;
        return new TextReport(console);
    }

    public void Write(IReadOnlyList<Section> sections)
    {
        foreach (var section in sections)
        {
            console.WriteLine();
            console.Write(new Rule($"[bold]{Markup.Escape(section.Title)}[/]") { Justification = Justify.Left });
            if (section.Intro is { } intro)
            {
                console.WriteLine(Clean(intro));
            }

            foreach (var table in section.Tables)
            {
                Write(table);
            }

            HashSet<Edit> told = [];
            foreach (var finding in section.Findings.OrderByDescending(finding => finding.Severity))
            {
                Write(finding, told);
            }
        }

        WriteSum([.. sections.SelectMany(section => section.Findings)]);
    }

    private void Write(ReportTable content)
    {
        console.WriteLine();
        if (content.Caption is { } caption)
        {
            console.WriteLine(Clean(caption));
        }

        var table = new Table { Border = TableBorder.Simple, ShowHeaders = true };
        foreach (var column in content.Columns)
        {
            table.AddColumn(new TableColumn(new Markup($"[bold]{Markup.Escape(column)}[/]"))
            {
                Padding =
                new Padding(0, 0, 1, 0)
            });
        }

        foreach (var row in content.Rows)
        {
            table.AddRow(row.Select(IRenderable (cell) => new Text(Clean(cell))));
        }

        console.Write(table);
    }

    private void Write(Finding finding, HashSet<Edit> told)
    {
        var (word, colour) = finding.Severity switch
        {
            Severity.Failure => ("FAIL", "red"),
            Severity.Warning => ("WARN", "yellow"),
            Severity.Note => ("note", "blue"),
            _ => ("ok", "green"),
        };
        console.Write(Row($"[{colour}]{word}[/]", Markup.Escape(Clean(finding.Title)), finding.Severity));
        if (finding.Place is { } place && finding.Edit is null)
        {
            Indented(place.ToString());
        }

        if (finding.Effect is { } effect)
        {
            Indented(effect);
        }

        if (finding.Remedy is { } remedy)
        {
            Indented($"To do: {remedy}");
        }

        if (finding.Edit is { } done && !told.Add(done))
        {
            Indented($"{done.Place}  see above: the same change");
        }
        else if (finding.Edit is { } edit)
        {
            Indented(edit.Kind == EditKind.Replace ? $"{edit.Place}  becomes" : $"{edit.Place}  add below this line");
            foreach (var line in edit.Text.Split('\n'))
            {
                console.Write(new Padder(new Text(Clean(line.Trim()), new Style(Color.Green)), Deeper));
            }
        }
    }

    private void Indented(string text) => console.Write(new Padder(new Text(Clean(text)), Indent));

    /// <summary>It quotes configurations, answers and names that others have written.</summary>
    private static string Clean(string text) => VisibleText.Lines(Credentials.Hide(text));

    private static Grid Row(string word, string title, Severity severity)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn { Width = 4, NoWrap = true, Padding = new Padding(0, 0, 1, 0) });
        grid.AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) });
        grid.AddRow(new Markup(word), new Markup($"[{(severity == Severity.Good ? "default" : "bold")}]{title}[/]"));
        return grid;
    }

    private void WriteSum(Finding[] findings)
    {
        int Count(Severity severity) => findings.Count(finding => finding.Severity == severity);
        console.WriteLine();
        console.Write(new Rule());
        var (failures, warnings) = (Count(Severity.Failure), Count(Severity.Warning));
        console.WriteLine((failures, warnings) switch
        {
            (0, 0) => "Nothing is wrong.",
            (0, _) => $"{Words.Count(warnings, "warning")}: some uploads will fail.",
            _ => $"{Words.Count(failures, "failure")} and {Words.Count(warnings, "warning")}: begin with what says "
                + "FAIL.",
        });
    }
}
