using System.CommandLine;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Ledger;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry.Audit;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Commands.Files;

/// <summary>
/// <c>export</c>: everything of one owner, listed and copied, for whoever asks for their data (GDPR article 15, 20).
/// </summary>
internal static class ExportCommand
{
    private const string ListName = "files.json";
    private const UnixFileMode OwnerOnly =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static Command Create()
    {
        var owner = CommandArguments.Owner("Whose files.");
        owner.Required = true;
        var folder = new Option<string>("--to")
        {
            Description = "A new folder, or an empty one of whoever runs this; nobody else will have access to it.",
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
        using var target = OpenOwn(folder);
        var inside = $"/proc/self/fd/{target.DangerousGetHandle()}"; // that very folder, whatever has its name by now
        if (Directory.EnumerateFileSystemEntries(inside).Any())
        {
            await Console.Error.WriteLineAsync($"{folder} is not empty.");
            return ExitCode.Usage;
        }

        var (copied, missing) = (0L, 0L);
        await LongWork.RunAsync("Copying", open.Ledger.UsageOf(owner).Files, async report =>
        {
            foreach (var entry in open.Ledger.All(new LedgerQuery { Owner = owner }))
            {
                var copy = BlobKey.TryParse(entry.Key, out var key) && await CopyAsync(open.Store, key, inside, cancel);
                _ = copy ? copied++ : missing++;
                report(copied + missing);
            }
        });
        await using (var list = Make(Path.Combine(inside, ListName)))
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

    /// <summary>
    /// What is in it is one person's alone, and nobody else may have put a link where a file is about to be.
    /// </summary>
    /// <exception cref="IOException">It is a link, or of another user.</exception>
    private static SafeFileHandle OpenOwn(string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        Posix.MakeFolders(path, OwnerOnly);
        var opened = Posix.OpenFolderItself(path)
            ?? throw new IOException($"{folder} is a symbolic link: name the folder itself.");
        if (Posix.OwnerOf(opened).User != Posix.EffectiveUser)
        {
            opened.Dispose();
            throw new IOException(
                $"{folder} is of another user, who could change what is put there: name a new folder.");
        }

        File.SetUnixFileMode(opened, OwnerOnly);
        return opened;
    }

    private static FileStream Make(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    private static async Task<bool> CopyAsync(DiskBlobStore store, BlobKey key, string folder, CancellationToken cancel)
    {
        if (store.Open(key) is not { } blob)
        {
            return false;
        }

        var path = Path.Combine(folder, "files", key.StoredPath);
        Posix.MakeFolders(Path.GetDirectoryName(path)!, OwnerOnly);
        using var unused = blob;
        await using var source = new FileStream(blob.Handle, FileAccess.Read, bufferSize: 0);
        await using var copy = Make(path);
        await source.CopyToAsync(copy, cancel);
        return true;
    }
}
