using System.CommandLine;
using System.Globalization;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Ledger;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Commands.Files;

/// <summary><c>files</c>: what is stored, and by whom.</summary>
internal static class FilesCommand
{
    private static readonly string[] Heads = ["Key", "Size", "Owner", "Type", "Stored"];

    public static Command Create() => new("files", "Look at stored files, and delete them.")
    {
        List(),
        Show(),
        DeleteCommand.Create(),
        BlockCommand.Create(),
    };

    private static Command List()
    {
        var owner = CommandArguments.Owner("Only this owner's.");
        var larger = CommandArguments.Parsed<ByteSize>("--larger-than", "Only larger ones.", "SIZE", ByteSize.TryParse);
        var older = CommandArguments.Parsed<Duration>("--older-than", "Only older ones.", "AGE", Duration.TryParse);
        var json = CommandArguments.Json();
        var command = new Command("list", "List files, oldest first.") { owner, larger, older, json };
        command.SetAction((parsed, _) => OpenStore.RunAsync(parsed, open =>
        {
            var entries = open.Ledger.All(new LedgerQuery
            {
                Owner = parsed.GetValue(owner),
                LargerThan = parsed.GetValue(larger)?.Bytes,
                StoredBefore = parsed.GetValue(older) is { } age ? TimeProvider.System.GetUtcNow() - age.Time : null,
            });
            if (parsed.GetValue(json))
            {
                Output.Json(Console.OpenStandardOutput(), writer =>
                {
                    writer.WriteStartArray();
                    foreach (var entry in entries)
                    {
                        Output.Write(writer, entry);
                    }

                    writer.WriteEndArray();
                });
            }
            else
            {
                Output.Table(Heads, entries.Select(Output.Row));
            }

            return Task.FromResult(ExitCode.Ok);
        }));
        return command;
    }

    private static Command Show()
    {
        var target = new Argument<string>("file") { Description = "Its URL or its key." };
        var json = CommandArguments.Json();
        var command = new Command("show", "Show all that is known of a file.") { target, json };
        command.SetAction((parsed, _) => OpenStore.RunAsync(parsed, open =>
            Task.FromResult(Show(open, parsed.GetValue(target)!, parsed.GetValue(json)))));
        return command;
    }

    private static int Show(OpenStore open, string target, bool asJson)
    {
        if (!open.TryKey(target, out var key))
        {
            return Missing(target);
        }

        if (open.Ledger.Find(key.Text) is not { } entry)
        {
            if (open.Ledger.FindBurial(key.Text) is { } burial)
            {
                Console.WriteLine(
                    $"{key}: gone since {Output.Time(burial.At)} ({burial.Reason.ToString().ToLowerInvariant()})");
                return ExitCode.Ok;
            }

            return open.Store.Holds(key) ? Unknown(key.Text) : Missing(target);
        }

        if (asJson)
        {
            Output.Json(Console.OpenStandardOutput(), writer => Output.Write(writer, entry));
            return ExitCode.Ok;
        }

        Output.Table(["", ""],
        [
            ["Key", entry.Key],
            ["Name", entry.Name],
            ["Size", $"{Output.Size(entry.Size)} ({entry.Size.ToString(CultureInfo.InvariantCulture)} bytes)"],
            ["Type", entry.ContentType ?? "(by extension)"],
            ["Owner", entry.Owner ?? "(not known)"],
            ["Signed by", entry.Scheme],
            ["Stored", Output.Time(entry.StoredAt)],
            ["Expires", entry.Expires is null ? "(by [retention])" : Output.Time(entry.Expires)],
            ["SHA-256", entry.Sha256 is null ? "(not computed)" : Convert.ToHexStringLower(entry.Sha256)],
            ["On disk", open.Store.Holds(key) ? "yes" : "missing"],
        ]);
        return ExitCode.Ok;
    }

    private static int Unknown(string key)
    {
        Console.WriteLine($"{key}: on disk, and not in the ledger; see \"ledger rebuild\"");
        return ExitCode.Ok;
    }

    private static int Missing(string target)
    {
        Console.Error.WriteLine($"There is no file {target}.");
        return ExitCode.NoInput;
    }
}
