using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using HmacFileServer.Doctor;
using HmacFileServer.Doctor.Chat.Wire;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings.Legacy;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Commands;

/// <summary><c>check</c>: why an upload would fail, without starting anything.</summary>
internal static class CheckCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "The report as JSON." };

    private static readonly Option<string?> Nginx = new("--nginx")
    {
        Description = "nginx.conf, or a file with the output of nginx -T. Without it: what nginx -T says here, "
            + "if there is one.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Caddy = new("--caddy")
    {
        Description = "A Caddyfile to read.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> HaProxy = new("--haproxy")
    {
        Description = "An haproxy.cfg to read.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Apache = new("--apache")
    {
        Description = "A configuration of Apache's to read, such as that of the site.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> Probe = new("--probe")
    {
        Description =
            "Also upload through public_url, the way clients do, and look at what arrives. The server must be running.",
    };

    private static readonly Option<string?> Xmpp = new("--xmpp")
    {
        Description = "Also log in to the XMPP server as this account, ask for a slot, judge it and upload by it. "
            + "The password is taken from XMPP_PASSWORD in the environment, or asked for.",
        HelpName = "USER@HOST",
    };

    private static readonly Option<string?> XmppServer = new("--xmpp-server")
    {
        Description = "Where that server is. Without it: what the SRV records of the account's domain say, "
            + "else the domain, port 5222.",
        HelpName = "HOST[:PORT]",
    };

    private static readonly Option<bool> XmppDirectTls = new("--xmpp-direct-tls")
    {
        Description = "TLS from the first byte, without STARTTLS; goes without saying on port 5223.",
    };

    private static readonly Option<bool> XmppAnyCertificate = new("--xmpp-any-certificate")
    {
        Description =
            "Go on although the XMPP server's certificate is not trusted here, such as one that it has signed itself.",
    };

    private static readonly Option<ByteSize?> Size = new("--size")
    {
        Description = "The size of the upload to reckon with, such as 970MB.",
        HelpName = "SIZE",
        CustomParser = ParseSize,
    };

    private static readonly Option<double?> Mbps = new("--mbps")
    {
        Description = "The speed of its line in Mbit/s.",
        HelpName = "RATE",
        CustomParser = ParseRate,
    };

    public static Command Create()
    {
        var command = new Command(
            "check",
            "Say why uploads fail: settings, storage, nginx in front, timeouts of clients. Exits 0 when all is well, "
            + "1 with warnings, 2 with failures, 78 when the configuration can't be read.")
        {
            Json, Nginx, Caddy, HaProxy, Apache, Probe, Xmpp, XmppServer, XmppDirectTls, XmppAnyCertificate, Size, Mbps,
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

        if (!source.TryLoad(out var settings))
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
            TextReport.To(Console.Out, isTerminal: true).Write(sections);
        }

        return exit;
    }

    private static bool TryFindAccount(ParseResult parsed, out ChatAccount? account)
    {
        account = null;
        if (parsed.GetValue(Xmpp) is not { } jid)
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

    private static ByteSize? ParseSize(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (ByteSize.TryParse(text, out var size, out var problem) && size.Bytes > 0)
        {
            return size;
        }

        result.AddError(size.Bytes == 0 && problem.Length == 0 ? "A size is more than nothing." : problem);
        return null;
    }

    private static double? ParseRate(ArgumentResult result)
    {
        const NumberStyles Plain = NumberStyles.AllowDecimalPoint;
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, Plain, CultureInfo.InvariantCulture, out var rate) && rate is > 0.0001 and < 1e9)
        {
            return rate;
        }

        result.AddError($"\"{text}\" is not a number of Mbit/s.");
        return null;
    }
}
