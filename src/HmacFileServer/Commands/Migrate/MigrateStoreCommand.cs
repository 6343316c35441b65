using System.CommandLine;
using HmacFileServer.Commands.Files;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry.Audit;

namespace HmacFileServer.Commands.Migrate;

/// <summary><c>migrate store</c>: the files of another server, under the URLs that people have of them.</summary>
internal static class MigrateStoreCommand
{
    public static Command Create()
    {
        var kind = new Option<string>("--from")
        {
            Description = $"Whose store: {string.Join(", ", OldStore.Kinds.Keys)}.",
            Required = true,
        };
        kind.AcceptOnlyFromAmong([.. OldStore.Kinds.Keys]);
        var folder = new Argument<string>("DIR")
        {
            Description = "Its folder. Files stay there; they are linked where that can be, else copied.",
        };
        var archive = new Option<string?>("--archive")
        {
            Description = "Of Prosody: its uploads.list or SQLite database, where it is not found in or above DIR.",
            HelpName = "FILE",
        };
        var dry = new Option<bool>("--dry-run", "-n") { Description = "Only tell what would be done." };
        var command = new Command(
            "store",
            "Take over the files of another server. May be stopped, and run again: it goes on where it was. "
            + "Run by root it works as the user whose store it is, who has to be able to read DIR.")
        {
            kind,
            folder,
            archive,
            dry,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(archive) is not null && result.GetValue(kind) != OldStore.Prosody)
            {
                result.AddError("--archive is for --from prosody.");
            }
        });
        command.SetAction((parsed, cancel) =>
        {
            var read = OldStore.Kinds[parsed.GetValue(kind)!];
            IEnumerable<OldBlob> Files() =>
                read(new OldStorePlace(WithoutLinks(parsed.GetValue(folder)!), parsed.GetValue(archive)));
            return parsed.GetValue(dry)
                ? Task.FromResult(Rehearse(parsed, Files))
                : OpenStore.RunAsync(
                    parsed, open => RunAsync(open, parsed.GetValue(kind)!, Files, cancel), OpenMode.New);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        OpenStore open, string kind, Func<IEnumerable<OldBlob>> files, CancellationToken cancel)
    {
        // Counting takes a walk of its own; only who watches the bar needs it.
        var total = Console.IsOutputRedirected ? 0 : files().LongCount();
        var counts = new ImportCounts();
        try
        {
            await LongWork.RunAsync("Taking over", total, async report =>
                await StoreImport.RunAsync(
                    files(), open.Store, open.Ledger, counts, TimeProvider.System, report, cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped. Run it again to go on.");
            return ExitCode.Unavailable;
        }
        finally
        {
            open.Audit.Write(
                new AuditEvent("taken-over", Actor.Operator) { Files = counts.Linked + counts.Copied, Detail = kind });
        }

        return Tell(
            counts,
            $"Linked {counts.Linked} files, copied {counts.Copied}; {counts.Present} were there already. "
                + "Restart the server.");
    }

    private static string WithoutLinks(string folder)
    {
        using var opened = Posix.OpenFolder(Path.GetFullPath(folder));
        return Posix.PathOf(opened);
    }

    private static int Rehearse(ParseResult parsed, Func<IEnumerable<OldBlob>> files)
    {
        if (!SettingsSource.Find(parsed.GetValue(CommandLine.Config)).TryLoadWithoutSecrets(out var settings))
        {
            return ExitCode.Config;
        }

        try
        {
            var counts = StoreImport.Rehearse(files(), settings.Server.StoragePath);
            return Tell(counts,
                $"Would take over {counts.Linked} files; {counts.Present} are there already. Nothing was done.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message + StoreOwner.Note);
            return ExitCode.Unavailable;
        }
    }

    private static int Tell(ImportCounts counts, string sentence)
    {
        Console.WriteLine(sentence);
        if (counts.Gone > 0)
        {
            Console.WriteLine($"{counts.Gone} were left out: they were deleted here, or have expired.");
        }

        if (counts.Failed == 0)
        {
            return ExitCode.Ok;
        }

        Console.Error.WriteLine($"{counts.Failed} files can't be taken over, among them:");
        foreach (var problem in counts.Problems)
        {
            Console.Error.WriteLine($"  {problem}");
        }

        if (StoreOwner.Name is { } name)
        {
            Console.Error.WriteLine($"They have to be readable by {name}, as whom root works in the store: "
                + $"setfacl -R -m u:{name}:rX DIR");
        }

        return ExitCode.Unavailable;
    }
}
