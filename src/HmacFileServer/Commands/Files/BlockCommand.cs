using System.CommandLine;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Telemetry.Audit;

namespace HmacFileServer.Commands.Files;

/// <summary><c>files block-hash</c>: a content that is not to be stored again.</summary>
internal static class BlockCommand
{
    public static Command Create()
    {
        var hash = new Argument<string>("hash")
        {
            Description = "SHA-256 of the content, as \"files show\" and sha256sum print it.",
        };
        hash.Validators.Add(result =>
        {
            if (!CommandArguments.TryHash(result.GetValueOrDefault<string>(), out _))
            {
                result.AddError("A SHA-256 is 64 hexadecimal digits.");
            }
        });
        var command = new Command("block-hash", "Refuse a content from now on, with 403 at the end of its upload.")
        {
            hash,
        };
        command.SetAction((parsed, _) => OpenStore.RunAsync(parsed, async open =>
        {
            CommandArguments.TryHash(parsed.GetValue(hash)!, out var sha256);
            var isNew = await open.Ledger.BlockAsync(sha256, TimeProvider.System.GetUtcNow());
            open.Audit.Write(new AuditEvent("blocked", Actor.Operator) { Sha256 = Convert.ToHexStringLower(sha256) });
            Console.WriteLine(
                isNew ? "Blocked. Copies that are stored stay: files delete --sha256" : "It was blocked already.");
            if (!open.Settings.Ledger.Hash)
            {
                await Console.Error.WriteLineAsync(
                    "[ledger] hash is false: the server does not look at contents, so it can't tell.");
            }

            return ExitCode.Ok;
        }));
        return command;
    }
}
