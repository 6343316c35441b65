using System.Text.Json;
using HmacFileServer.Telemetry.Logs;

namespace HmacFileServer.Doctor.Report;

/// <summary>The same report for machines.</summary>
internal static class JsonReport
{
    public static void Write(Stream output, IReadOnlyList<Section> sections, int exitStatus)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("exit", exitStatus);
        json.WriteStartArray("sections");
        foreach (var section in sections)
        {
            json.WriteStartObject();
            json.WriteString("name", section.Name);
            json.WriteStartArray("tables");
            foreach (var table in section.Tables)
            {
                Write(json, table);
            }

            json.WriteEndArray();
            json.WriteStartArray("findings");
            foreach (var finding in section.Findings)
            {
                Write(json, finding);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReportTable table)
    {
        json.WriteStartObject();
        WriteText(json, "caption", table.Caption);
        json.WriteStartArray("rows");
        foreach (var row in table.Rows)
        {
            json.WriteStartObject();
            for (var column = 0; column < row.Count; column++)
            {
                WriteText(json, table.Columns[column], row[column]);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("severity", Word(finding.Severity));
        json.WriteString("code", finding.Code);
        json.WriteString("link", Word(finding.Link));
        WriteText(json, "title", finding.Title);
        WriteText(json, "effect", finding.Effect);
        WriteText(json, "remedy", finding.Remedy);
        if (finding.Place is { } place)
        {
            Write(json, place);
        }

        if (finding.Edit is { } edit)
        {
            json.WriteStartObject("edit");
            Write(json, edit.Place);
            json.WriteString("kind", edit.Kind == EditKind.Replace ? "replace" : "add-below");
            WriteText(json, "text", edit.Text);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Place place)
    {
        json.WriteString("file", place.File);
        json.WriteNumber("line", place.Line);
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, Credentials.Hide(text));
        }
    }

    private static string Word(Severity severity) => severity switch
    {
        Severity.Failure => "failure",
        Severity.Warning => "warning",
        Severity.Note => "note",
        _ => "good",
    };

    private static string Word(Link link) => link switch
    {
        Link.Server => "server",
        Link.Store => "store",
        Link.Machine => "machine",
        Link.Proxy => "proxy",
        Link.Network => "network",
        Link.Client => "client",
        _ => "xmpp-server",
    };
}
