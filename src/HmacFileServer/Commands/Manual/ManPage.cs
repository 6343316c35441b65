using System.CommandLine;
using System.Globalization;
using System.Text;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Commands.Manual;

/// <summary>hmac-file-server(1), from the very tree that parses the command line. man(7).</summary>
internal static class ManPage
{
    private const string Description =
        "A chat client asks its XMPP server for a slot (XEP-0363), gets a signed URL and PUTs a file here; everyone in "
        + "the chat GETs it.\n"
        + "The signature is verified, the file is streamed to disk, and 201 is answered only when it is durable and "
        + "readable.\n"
        + "Without a verb, the server runs.";

    private static readonly (string Code, string Meaning)[] Exits =
    [
        ("0", "All is well."),
        ("1", "check: warnings, some uploads will fail."),
        ("2", "check: uploads fail."),
        ("64", "The command line is wrong, or a question was answered with no."),
        ("66", "There is no such file, or no such owner."),
        ("69", "The address is taken, or the store can't be used."),
        ("70", "The server stopped without having been asked; the log says why."),
        ("78", "The configuration is wrong: each mistake is named with its line."),
    ];

    private static readonly (string Name, string Meaning)[] Files =
    [
        ("./config.toml, /etc/hmac-file-server/config.toml",
            "The configuration, looked for in this order. The reference file names every key and its default."),
        ("/etc/hmac-file-server/secret", "What the XMPP server signs with, where the package has made it."),
        ("./data/secret, ./data/uploads", "Secret and files of a server that runs without any configuration."),
        ("STORAGE_PATH/.hfs", "The server's own: the ledger, and uploads under way."),
    ];

    private static readonly (string Name, string Meaning)[] Environment =
    [
        ("HFS_TABLE__KEY", "Wins over the configuration file, as HFS_SERVER__BASE_PATH=/upload/."),
        ("NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS", "Readiness, watchdog and sockets of systemd."),
        ("JOURNAL_STREAM", "Set by systemd: log lines carry the journal's priorities."),
    ];

    private static readonly (string Name, string Meaning)[] Signals =
    [
        ("SIGHUP", "Reads the configuration again. A mistake in it is logged and changes nothing."),
        ("SIGTERM, SIGINT", "No new uploads; those under way may end within [timeouts] shutdown."),
    ];

    public static string Write(RootCommand root, DateTimeOffset date)
    {
        var page = new StringBuilder();
        void Line(string line) => page.Append(line).Append('\n');
        void Table(string title, IEnumerable<(string Name, string Meaning)> rows)
        {
            Line($".SH {title}");
            foreach (var (name, meaning) in rows)
            {
                Line(".TP");
                Line($"\\fB{Escape(name)}\\fR");
                Line(Text(meaning));
            }
        }

        var day = date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Line($".TH HMAC-FILE-SERVER 1 {day} \"hmac-file-server {ProgramVersion.Text}\"");
        Line(".SH NAME");
        Line("hmac\\-file\\-server \\- upload server to run beside Prosody or ejabberd");
        Line(".SH SYNOPSIS");
        Line("\\fBhmac\\-file\\-server\\fR [\\fIVERB\\fR] [\\fIOPTIONS\\fR]");
        Line(".SH DESCRIPTION");
        foreach (var sentence in Description.Split('\n'))
        {
            Line(Text(sentence));
        }

        var verbs = Verb.All(root);
        Line(".SH OPTIONS");
        foreach (var option in verbs[0].Options)
        {
            Write(Line, option);
        }

        Line(".SH VERBS");
        foreach (var verb in verbs.Skip(1).Where(verb => !verb.Verbs.Any()))
        {
            Line($".SS {Escape(Synopsis(verb))}");
            Line(Text(verb.Command.Description ?? ""));
            foreach (var argument in verb.Arguments)
            {
                Line(".TP");
                Line($"\\fI{Escape(argument.Name.ToUpperInvariant())}\\fR");
                Line(Text(argument.Description ?? ""));
            }

            foreach (var option in verb.Options.Except(verbs[0].Options))
            {
                Write(Line, option);
            }
        }

        Table("EXIT STATUS", Exits);
        Table("FILES", Files);
        Table("ENVIRONMENT", Environment);
        Table("SIGNALS", Signals);
        Line(".SH SEE ALSO");
        Line(".BR nginx (8),");
        Line(".BR prosodyctl (1),");
        Line(".BR ejabberdctl (8),");
        Line(".BR journalctl (1)");
        return page.ToString();
    }

    private static void Write(Action<string> line, Option option)
    {
        line(".TP");
        var value = Verb.TakesValue(option)
            ? $" \\fI{Escape(option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant())}\\fR"
            : "";
        line(string.Join(", ", Verb.Names(option).Select(name => $"\\fB{Escape(name)}\\fR{value}")));
        line(Text(option.Description ?? "") + (option.Required ? " Needed." : ""));
    }

    private static string Synopsis(Verb verb) => string.Join(
        ' ', verb.Arguments.Select(argument => argument.Name.ToUpperInvariant()).Prepend(verb.Path));

    /// <summary>A line of text; one that begins with a dot or an apostrophe would be a request of roff's.</summary>
    private static string Text(string text) =>
        text.StartsWith('.') || text.StartsWith('\'') ? $"\\&{Escape(text)}" : Escape(text);

    private static string Escape(string text) =>
        text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
}
