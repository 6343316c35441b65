using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Sqlite;

namespace HmacFileServer.Commands.Files;

/// <summary><c>usage</c>: who takes how much.</summary>
internal static class UsageCommand
{
    private const int Most = 1000;

    public static Command Create()
    {
        var owner = CommandArguments.Owner("Only this owner.");
        var json = CommandArguments.Json();
        var command = new Command("usage", "Show who stores how much, the largest first.") { owner, json };
        command.SetAction((parsed, _) => OpenStore.RunAsync(parsed, open =>
        {
            var rows = parsed.GetValue(owner) is { } one ? [Of(open.Ledger, one)] : open.Ledger.Owners(Most);
            var all = open.Ledger.UsageOf(null);
            if (parsed.GetValue(json))
            {
                Output.Json(Console.OpenStandardOutput(), writer => Write(writer, rows, all));
            }
            else
            {
                var quotas = open.Settings.Quotas;
                var owned = rows.Select(row => Row(row.Owner, row.Bytes, row.Files, quotas.Of(row.Owner).Bytes));
                Output.Table(
                    ["Owner", "Size", "Files", "Quota"],
                    [.. owned, Row("(everybody)", all.Bytes, all.Files, quotas.Total.Bytes)]);
            }

            return Task.FromResult(ExitCode.Ok);
        }));
        return command;
    }

    private static OwnerUsage Of(SqliteLedger ledger, string owner)
    {
        var usage = ledger.UsageOf(owner);
        return new OwnerUsage(owner, usage.Bytes, usage.Files);
    }

    private static string[] Row(string owner, long bytes, long files, long quota) =>
        [owner, Output.Size(bytes), files.ToString(CultureInfo.InvariantCulture), quota == 0 ? "" : Output.Size(quota)];

    private static void Write(Utf8JsonWriter json, IReadOnlyList<OwnerUsage> owners, Usage all)
    {
        json.WriteStartObject();
        json.WriteNumber("bytes", all.Bytes);
        json.WriteNumber("files", all.Files);
        json.WriteStartArray("owners");
        foreach (var owner in owners)
        {
            json.WriteStartObject();
            json.WriteString("owner", owner.Owner);
            json.WriteNumber("bytes", owner.Bytes);
            json.WriteNumber("files", owner.Files);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
