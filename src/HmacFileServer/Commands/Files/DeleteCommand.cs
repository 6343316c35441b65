using System.CommandLine;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Ledger;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Telemetry.Logs;
using Spectre.Console;

namespace HmacFileServer.Commands.Files;

/// <summary><c>files delete</c>: one file, an owner's, or every copy of a content.</summary>
internal static class DeleteCommand
{
    private const int AtATime = 200;
    private const int Patience = 10; // times a fifth of a second: a file just uploaded is about to be confirmed

    public static Command Create()
    {
        var target = new Argument<string?>("file")
        {
            Description = "Its URL or its key.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var owner = CommandArguments.Owner("Every file of this owner.");
        var hash = new Option<string?>("--sha256") { Description = "Every file with this content.", HelpName = "HASH" };
        var yes = CommandArguments.Yes();
        var command = new Command("delete", "Delete files. Their URLs answer 410, and can't be uploaded to again.")
        {
            target, owner, hash, yes,
        };
        command.Validators.Add(result =>
        {
            var given = new[] { result.GetValue(target), result.GetValue(owner), result.GetValue(hash) };
            if (given.Count(value => value is not null) != 1)
            {
                result.AddError("Name one file, or --owner, or --sha256.");
            }

            if (result.GetValue(hash) is { } text && !CommandArguments.TryHash(text, out _))
            {
                result.AddError("A SHA-256 is 64 hexadecimal digits.");
            }
        });
        command.SetAction((parsed, cancel) => OpenStore.RunAsync(parsed, open =>
        {
            if (parsed.GetValue(target) is { } file)
            {
                return OneAsync(open, file, parsed.GetValue(yes), cancel);
            }

            var query = new LedgerQuery { Limit = AtATime, Owner = parsed.GetValue(owner) };
            return parsed.GetValue(hash) is { } text && CommandArguments.TryHash(text, out var sha256)
                ? ManyAsync(
                    open, query with { Sha256 = sha256 }, $"with the content {text}", parsed.GetValue(yes), cancel)
                : ManyAsync(open, query, $"of {query.Owner}", parsed.GetValue(yes), cancel);
        }));
        return command;
    }

    private static async Task<int> OneAsync(OpenStore open, string target, bool yes, CancellationToken cancel)
    {
        if (!open.TryKey(target, out var key) || !(open.Store.Holds(key) || open.Ledger.Find(key.Text) is not null))
        {
            var gone = key is not null && open.Ledger.FindBurial(key.Text) is not null;
            await Console.Error.WriteLineAsync(gone ? $"{key} was deleted already." : $"There is no file {target}.");
            return gone ? ExitCode.Ok : ExitCode.NoInput;
        }

        if (!yes && !Ask($"Delete {key}?"))
        {
            return ExitCode.Usage;
        }

        for (var attempt = 1; await IsBusyAsync(open, key); attempt++)
        {
            if (attempt == Patience)
            {
                await Console.Error.WriteLineAsync($"{key} is being uploaded at this moment.");
                return ExitCode.Unavailable;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancel);
        }

        Console.WriteLine($"Deleted {key}.");
        return ExitCode.Ok;
    }

    private static async Task<bool> IsBusyAsync(OpenStore open, BlobKey key) =>
        (await open.Eraser.EraseAsync([key.Text], BurialReason.Deleted, Actor.Operator)).Busy.Count > 0;

    private static async Task<int> ManyAsync(
        OpenStore open, LedgerQuery query, string which, bool yes, CancellationToken cancel)
    {
        var (count, sum) = (0L, 0L);
        foreach (var entry in open.Ledger.All(query))
        {
            count++;
            sum += entry.Size;
        }

        if (count == 0)
        {
            await Console.Error.WriteLineAsync($"There are no files {which}.");
            return ExitCode.NoInput;
        }

        if (!yes && !Ask($"Delete {count} files {which}, {Output.Size(sum)}?"))
        {
            return ExitCode.Usage;
        }

        var (files, bytes) = (0, 0L);
        await LongWork.RunAsync("Deleting", count, async report =>
        {
            while (open.Ledger.List(query) is { Count: > 0 } page)
            {
                cancel.ThrowIfCancellationRequested();
                var keys = page.Select(entry => entry.Key).ToArray();
                var burials = await open.Eraser.EraseAsync(keys, BurialReason.Deleted, Actor.Operator);
                files += burials.Files;
                bytes += burials.Bytes;
                report(files);
                query = query with { After = page[^1].Place };
            }
        });
        Console.WriteLine($"Deleted {files} files {which}, {Output.Size(bytes)}.");
        return ExitCode.Ok;
    }

    private static bool Ask(string question)
    {
        if (Console.IsInputRedirected)
        {
            Console.Error.WriteLine($"{question} Nobody is there to answer: say --yes.");
            return false;
        }

        return AnsiConsole.Confirm(Markup.Escape(VisibleText.Line(question)), defaultValue: false);
    }
}
