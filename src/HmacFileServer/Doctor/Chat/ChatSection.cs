using System.Net.Security;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Doctor.Arrival;
using HmacFileServer.Doctor.Chat.Wire;
using HmacFileServer.Doctor.Probe;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;

namespace HmacFileServer.Doctor.Chat;

/// <summary>
/// The XMPP server as a client sees it: logs in, finds the upload service, asks for a slot, judges and uses it.
/// </summary>
internal sealed class ChatSection(
    ServerSettings settings, ProxyLimits? proxy, CheckupRequest request, TimeProvider time)
{
    private const int MostServices = 3;
    private const int Size = 4096;
    private const string Type = "application/octet-stream";
    private static readonly TimeSpan DiscoveryPatience = TimeSpan.FromSeconds(5);

    private readonly List<Finding> findings = [];

    public static async Task<Section> ExamineAsync(
        ChatAccount account, ServerSettings settings, ProxyLimits? proxy, CheckupRequest request, TimeProvider time,
        CancellationToken cancel)
    {
        var section = new ChatSection(settings, proxy, request, time);
        try
        {
            var places = await ChatPlaces.FindAsync(account, SrvRecords.OfThisMachine(), cancel);
            account = places[0];
            await section.ExamineAsync(places, cancel);
        }
        catch (ChatException e)
        {
            section.findings.Add(e.Finding);
        }

        return new Section("xmpp", "The XMPP server")
        {
            Intro = $"As {account}, at {ChatFault.Where(account)}"
                + (account.IsFromDns ? " (by its SRV record)" : ""),
            Findings = section.findings,
        };
    }

    private async Task ExamineAsync(IReadOnlyList<ChatAccount> places, CancellationToken cancel)
    {
        var account = places[0];
        await using var stream = await ChatPlaces.OpenAsync(places, findings, cancel);
        Certificate(stream.CertificateErrors, account);
        findings.Add(Finding.Good(Link.XmppServer, $"{account} can log in ({stream.Mechanism})"));
        var (services, silent) = await UploadService.DiscoverAsync(stream, account.Domain, DiscoveryPatience, cancel);
        findings.AddRange(silent.Select(address => new Finding(
            Severity.Note, "xmpp-silent-service", Link.XmppServer, $"{address} does not say what it is")
        {
            Effect = $"{account.Domain} lists it, and it answers nothing within {DiscoveryPatience.TotalSeconds} s: "
                + "clients that ask one after the other find the upload service only then. If it should be that "
                + "service: is it connected?",
        }));
        if (services.Count == 0)
        {
            throw new ChatException(
                "xmpp-no-service", Link.XmppServer, $"{account.Domain} offers no upload service",
                "Clients find none among its services, and show no button for files.",
                "Load the module (deploy/prosody, deploy/ejabberd), and make it a service of this domain: in Prosody "
                + "its name must lie below the domain, or disco_items must list it.");
        }

        foreach (var service in services.Take(MostServices))
        {
            await TryAsync(stream, service, cancel);
        }
    }

    private async Task TryAsync(ChatStream stream, UploadService service, CancellationToken cancel)
    {
        findings.Add(Finding.Good(Link.XmppServer, $"Upload service: {service.Address} {service.Name}".TrimEnd()));
        findings.AddRange(SizeChecks.Of(service, settings, proxy, request.Case));
        using var wire = new ProbeWire();
        var transfer = new ChatTransfer(settings, wire, time);
        var extension = settings.Uploads.AllowedExtensions is [var allowed, ..] ? allowed : "bin";
        try
        {
            var slot = await ChatSlot.RequestAsync(
                stream, service, $"{ProbePass.NewFolder()}.{extension}", Size, Type, cancel);
            var reading = SlotReading.Of(slot, settings, time.GetUtcNow()).ToArray();
            findings.AddRange(reading);
            var problems = await transfer.TryAsync(slot, cancel);
            findings.AddRange(problems);
            var isServed = problems.All(problem => problem.Severity < Severity.Warning);
            if (isServed && reading.Any(IsOfSignature))
            {
                findings.Add(new Finding(Severity.Warning, "xmpp-other-settings", Link.Server,
                    "The upload is taken all the same: the server that runs has other settings than these")
                {
                    Remedy = "Restart it, or give check the file that it runs with (-c).",
                });
            }

            if (isServed)
            {
                findings.Add(Finding.Good(Link.XmppServer, "A file goes up by its slot, and comes back"));
                await AwkwardNameAsync(stream, service, transfer, extension, cancel);
            }
        }
        catch (ChatException e)
        {
            findings.Add(e.Finding);
        }
    }

    /// <summary>
    /// Names that have to be escaped in an address are where servers, proxies and signatures disagree.
    /// </summary>
    private async Task AwkwardNameAsync(
        ChatStream stream, UploadService service, ChatTransfer transfer, string extension, CancellationToken cancel)
    {
        var name = $"{ProbePass.NewFolder()} Grüße & 100%.{extension}";
        var slot = await ChatSlot.RequestAsync(stream, service, name, Size, Type, cancel);
        var problems = await transfer.TryAsync(slot, cancel);
        if (problems.All(problem => problem.Severity < Severity.Warning))
        {
            findings.Add(Finding.Good(Link.XmppServer,
                "So does one with spaces, letters beyond ASCII, & and % in its name"));
            return;
        }

        findings.Add(new Finding(Severity.Warning, "xmpp-file-name", Link.Proxy,
            "A file with spaces, letters beyond ASCII, & and % in its name fails")
        {
            Effect = problems[0].Title,
            Remedy = "The proxy must pass paths on as they come (nginx: proxy_pass without a path; Apache: nocanon).",
        });
    }

    private static bool IsOfSignature(Finding finding) =>
        finding.Code is "xmpp-signature" or "xmpp-base-path" or "xmpp-scheme" or "xmpp-terms" or "xmpp-unsigned";

    private void Certificate(SslPolicyErrors errors, ChatAccount account)
    {
        if (errors != SslPolicyErrors.None)
        {
            findings.Add(new Finding(Severity.Warning, "xmpp-certificate", Link.XmppServer,
                $"The XMPP server's certificate for {account.Domain} is not trusted here ({errors})")
            {
                Effect = "Clients warn, or refuse to connect. This check went on, as it was told.",
            });
        }
    }
}
