using System.Globalization;
using System.Text.Json;
using HmacFileServer.Ledger;
using HmacFileServer.Telemetry.Logs;
using Spectre.Console;

namespace HmacFileServer.Commands.Terminal;

/// <summary>
/// How files and sums are printed: a table for people, lines with tabs for other programs, JSON for those that ask.
/// </summary>
internal static class Output
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>1536 is "1.5 KB", counted by 1024 as in the configuration.</summary>
    public static string Size(long bytes)
    {
        string[] units = ["B", "KB", "MB", "GB", "TB"];
        var (unit, value) = (0, (double)bytes);
        for (; value >= 1024 && unit < units.Length - 1; unit++)
        {
            value /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {units[unit]}");
    }

    public static string Time(DateTimeOffset? time) =>
        time?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

    public static void Table(IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (Console.IsOutputRedirected)
        {
            foreach (var row in rows)
            {
                Console.WriteLine(string.Join('\t', row.Select(VisibleText.Line)));
            }

            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var head in heads)
        {
            var column = new TableColumn(new Text(head)).NoWrap();
            table.AddColumn(head is "Size" or "Files" ? column.RightAligned() : column);
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(VisibleText.Line(cell))));
        }

        AnsiConsole.Write(table);
    }

    public static IReadOnlyList<string> Row(LedgerEntry entry) =>
        [entry.Key, Size(entry.Size), entry.Owner ?? "", entry.ContentType ?? "", Time(entry.StoredAt)];

    public static void Json(Stream output, Action<Utf8JsonWriter> write)
    {
        using (var json = new Utf8JsonWriter(output, Indented))
        {
            write(json);
        }

        output.WriteByte((byte)'\n');
    }

    public static void Write(Utf8JsonWriter json, LedgerEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("key", entry.Key);
        json.WriteString("name", entry.Name);
        json.WriteNumber("size", entry.Size);
        json.WriteString("type", entry.ContentType);
        json.WriteString("owner", entry.Owner);
        json.WriteString("scheme", entry.Scheme);
        json.WriteString("stored", entry.StoredAt);
        if (entry.Expires is { } expires)
        {
            json.WriteString("expires", expires);
        }

        if (entry.Sha256 is { } hash)
        {
            json.WriteString("sha256", Convert.ToHexStringLower(hash));
        }

        json.WriteEndObject();
    }

    /// <summary>All that a question finds, page by page.</summary>
    public static IEnumerable<LedgerEntry> All(this ILedger ledger, LedgerQuery query)
    {
        while (ledger.List(query) is { Count: > 0 } page)
        {
            foreach (var entry in page)
            {
                yield return entry;
            }

            query = query with { After = page[^1].Place };
        }
    }
}
