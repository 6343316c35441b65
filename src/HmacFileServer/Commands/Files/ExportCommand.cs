using System.CommandLine;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Ledger;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry.Audit;

namespace HmacFileServer.Commands.Files;

/// <summary>
/// <c>export</c>: everything of one owner, listed and copied, for whoever asks for their data (GDPR article 15, 20).
/// </summary>
internal static class ExportCommand
{
    private const string ListName = "files.json";

    public static Command Create()
    {
        var owner = CommandArguments.Owner("Whose files.");
        owner.Required = true;
        var folder = new Option<string>("--to")
        {
            Description = "An empty or new folder.",
            HelpName = "FOLDER",
            Required = true,
        };
        var command = new Command("export", "Copy all files of an owner, with a list of them.") { owner, folder };
        command.SetAction((parsed, cancel) => OpenStore.RunAsync(parsed, open =>
            ExportAsync(open, parsed.GetValue(owner)!, parsed.GetValue(folder)!, cancel)));
        return command;
    }

    private static async Task<int> ExportAsync(OpenStore open, string owner, string folder, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        if (Directory.EnumerateFileSystemEntries(folder).Any())
        {
            await Console.Error.WriteLineAsync($"{folder} is not empty.");
            return ExitCode.Usage;
        }

        var (copied, missing) = (0L, 0L);
        await LongWork.RunAsync("Copying", open.Ledger.UsageOf(owner).Files, async report =>
        {
            foreach (var entry in open.Ledger.All(new LedgerQuery { Owner = owner }))
            {
                var copy = BlobKey.TryParse(entry.Key, out var key) && await CopyAsync(open.Store, key, folder, cancel);
                _ = copy ? copied++ : missing++;
                report(copied + missing);
            }
        });
        await using (var list = new FileStream(Path.Combine(folder, ListName), FileMode.CreateNew))
        {
            Output.Json(list, writer =>
            {
                writer.WriteStartArray();
                foreach (var entry in open.Ledger.All(new LedgerQuery { Owner = owner }))
                {
                    Output.Write(writer, entry);
                }

                writer.WriteEndArray();
            });
        }

        open.Audit.Write(new AuditEvent("exported", Actor.Operator) { Owner = owner, Files = copied });
        Console.WriteLine(
            $"Copied {copied} files of {owner} to {folder}; {missing} were not on disk. The list is {ListName}.");
        return ExitCode.Ok;
    }

    private static async Task<bool> CopyAsync(DiskBlobStore store, BlobKey key, string folder, CancellationToken cancel)
    {
        if (store.Open(key) is not { } blob)
        {
            return false;
        }

        var path = Path.Combine(folder, "files", key.StoredPath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var unused = blob;
        await using var source = new FileStream(blob.Handle, FileAccess.Read, bufferSize: 0);
        await using var copy = new FileStream(path, FileMode.CreateNew);
        await source.CopyToAsync(copy, cancel);
        return true;
    }
}
