using System.CommandLine;
using HmacFileServer.Doctor;
using HmacFileServer.Doctor.Chat.Wire;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings.Legacy;
using HmacFileServer.Settings.Sources;
using static HmacFileServer.Commands.Check.CheckOptions;

namespace HmacFileServer.Commands.Check;

/// <summary><c>check</c>: why an upload would fail, without starting anything.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command(
            "check",
            "Say why uploads fail: settings, storage, nginx in front, timeouts of clients. Exits 0 when all is well, "
            + "1 with warnings, 2 with failures, 78 when the configuration can't be read.")
        {
            Json, Nginx, Caddy, HaProxy, Apache, Probe, Account, XmppServer, XmppDirectTls,
            XmppAnyCertificate, Size, Mbps,
        };
        command.SetAction(
            (parsed, cancel) => RunAsync(SettingsSource.Find(parsed.GetValue(CommandLine.Config)), parsed, cancel));
        return command;
    }

    private static async Task<int> RunAsync(SettingsSource source, ParseResult parsed, CancellationToken cancel)
    {
        if (source.IsBeforeFirstStart)
        {
            await Console.Out.WriteLineAsync(
                "There is no configuration file, and no secret yet: the first start makes one.");
            return ExitCode.Ok;
        }

        // Root reads nginx's certificates and the secrets as root; StoreSection becomes the owner of the store.
        if (!source.TryLoadAsCaller(out var settings))
        {
            return ExitCode.Config;
        }

        if (!TryFindAccount(parsed, out var account))
        {
            return ExitCode.Usage;
        }

        var request = new CheckupRequest
        {
            Chat = account,
            Nginx = parsed.GetValue(Nginx),
            Caddy = parsed.GetValue(Caddy),
            HaProxy = parsed.GetValue(HaProxy),
            Apache = parsed.GetValue(Apache),
            Probe = parsed.GetValue(Probe),
            Case = new UploadCase(
                parsed.GetValue(Size)?.Bytes ?? UploadCase.Story.Bytes,
                parsed.GetValue(Mbps) ?? UploadCase.Story.MegabitsPerSecond),
            OnlyThisCase = parsed.GetValue(Size) is not null || parsed.GetValue(Mbps) is not null,
        };
        var written = SettingsLoader.Written(source.Path, Environment.GetEnvironmentVariables());
        var sections = await new Checkup(settings, written, request).ExamineAsync(TimeProvider.System, cancel);
        var exit = Checkup.ExitStatus(sections);
        if (source.Old is { } old && !parsed.GetValue(Json))
        {
            await Console.Out.WriteLineAsync(
                $"{source.Path} is a configuration of {old.Program}. What its keys mean here:");
            await Console.Out.WriteLineAsync(string.Join('\n', OldFileReport.AllLines(old)) + "\n");
        }

        if (parsed.GetValue(Json))
        {
            using var output = Console.OpenStandardOutput();
            JsonReport.Write(output, sections, exit);
        }
        else if (Console.IsOutputRedirected)
        {
            await Console.Out.WriteAsync(TextReport.Plain(sections));
        }
        else
        {
            TextReport.OnTerminal().Write(sections);
        }

        return exit;
    }

    private static bool TryFindAccount(ParseResult parsed, out ChatAccount? account)
    {
        account = null;
        if (parsed.GetValue(Account) is not { } jid)
        {
            return true;
        }

        if (!ChatAccount.TryParse(
            jid, parsed.GetValue(XmppServer), parsed.GetValue(XmppDirectTls), out var found, out var problem))
        {
            Console.Error.WriteLine(problem);
            return false;
        }

        if (PasswordQuestion.Answer(jid) is not { } password)
        {
            Console.Error.WriteLine(
                $"There is no password for {jid}: set {PasswordQuestion.Variable}, or run check in a terminal.");
            return false;
        }

        account = found with
        {
            Password = password,
            TakesAnyCertificate = parsed.GetValue(XmppAnyCertificate),
        };
        return true;
    }
}
