using HmacFileServer.Commands;
using HmacFileServer.Doctor.Chat;
using HmacFileServer.Doctor.Chat.Wire;
using HmacFileServer.Doctor.Clients;
using HmacFileServer.Doctor.Host;
using HmacFileServer.Doctor.NginxRules;
using HmacFileServer.Doctor.OtherProxies;
using HmacFileServer.Doctor.Probe;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;

namespace HmacFileServer.Doctor;

/// <summary>What the command line asks of the examination.</summary>
internal sealed record CheckupRequest
{
    /// <summary>
    /// nginx.conf, or what "nginx -T" printed; null to ask the nginx of this machine, if there is one.
    /// </summary>
    public string? Nginx { get; init; }

    public string? Caddy { get; init; }

    public string? HaProxy { get; init; }

    public string? Apache { get; init; }

    /// <summary>The upload that the findings tell of, and the only row of the arithmetic when asked for.</summary>
    public UploadCase Case { get; init; } = UploadCase.Story;

    public bool OnlyThisCase { get; init; }

    public bool Probe { get; init; }

    /// <summary>As whom to ask the XMPP server; null to leave it alone.</summary>
    public ChatAccount? Chat { get; init; }
}

/// <summary>Everything that can be found out about the way of an upload, section by section.</summary>
internal sealed class Checkup(ServerSettings settings, IReadOnlyList<WrittenSetting> written, CheckupRequest request)
{
    public async Task<IReadOnlyList<Section>> ExamineAsync(TimeProvider time, CancellationToken cancel)
    {
        var nginx = await NginxSection.ExamineAsync(settings, request, cancel);
        var others = Others().ToArray();

        // Who names a proxy means that one, whatever else is installed here.
        var named = others.Select(other => other.Limits).FirstOrDefault(limits => limits is not null);
        var limits = request.Nginx is null ? named ?? nginx.Limits : nginx.Limits ?? named;
        List<Section> sections =
        [
            SettingsSection.Examine(settings, written), // all files but the store's have been read by here
            StoreSection.Examine(settings),
            nginx.Section,
            .. others.Select(other => other.Section),
            ChainSection.Examine(settings, limits),
            ArithmeticSection.Examine(settings, limits, request),
        ];
        if (request.Probe)
        {
            sections.Add(await ProbeSection.ExamineAsync(settings, time, cancel));
        }

        if (request.Chat is { } account)
        {
            sections.Add(await ChatSection.ExamineAsync(account, settings, limits, request, time, cancel));
        }

        return sections;
    }

    private IEnumerable<(Section Section, ProxyLimits? Limits)> Others()
    {
        var server = settings.Server;
        if (request.Caddy is { } caddy)
        {
            yield return ProxyFile.Examine("Caddy", caddy,
                lines => CaddyRules.Find(lines).Concat(AddressRules.OfCaddy(lines, server)), OtherLimits.OfCaddy);
        }

        if (request.HaProxy is { } haProxy)
        {
            yield return ProxyFile.Examine("HAProxy", haProxy,
                lines => HaProxyRules.Find(lines).Concat(AddressRules.OfHaProxy(lines, server)), OtherLimits.OfHaProxy);
        }

        if (request.Apache is { } apache)
        {
            yield return ProxyFile.Examine("Apache", apache,
                lines => ApacheRules.Find(lines).Concat(AddressRules.OfApache(lines, server)), OtherLimits.OfApache);
        }
    }

    public static int ExitStatus(IEnumerable<Section> sections) =>
        sections.SelectMany(section => section.Findings).Select(finding => finding.Severity).Append(Severity.Good)
            .Max() switch
        {
            Severity.Failure => ExitCode.Failures,
            Severity.Warning => ExitCode.Warnings,
            _ => ExitCode.Ok,
        };
}
