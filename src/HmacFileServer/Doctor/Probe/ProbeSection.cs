using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;

namespace HmacFileServer.Doctor.Probe;

/// <summary>Uploads through public_url as clients do, and asks the running server what arrived.</summary>
internal static class ProbeSection
{
    private const string Title = "Live probe";

    public static async Task<Section> ExamineAsync(ServerSettings settings, TimeProvider time, CancellationToken cancel)
    {
        if (settings.Server.PublicUrl is not { } url)
        {
            var finding = new Finding(Severity.Warning, "probe-no-url", Link.Server,
                "public_url is not set: where should the probe go?")
            {
                Remedy = "Set server.public_url to what the XMPP server has as base_url or put_url.",
            };
            return new Section("probe", Title) { Findings = [finding] };
        }

        using var wire = new ProbeWire();
        var run = new ProbeRun(settings, wire, time);
        if (await NetworkChecks.ExamineAsync(run, cancel) && await TransferChecks.ArrivesAsync(run, cancel))
        {
            await TransferChecks.StoredFirstAsync(run, cancel);
            await TransferChecks.LimitsAsync(run, cancel);
            await TransferChecks.EarlyRefusalAsync(run, cancel);
            await HeaderChecks.AskFirstAsync(run, cancel);
            await Http2Window.ExamineAsync(run, cancel);
            await FileChecks.ExamineAsync(run, cancel);
        }

        return new Section("probe", Title) { Intro = $"Through {url}", Findings = run.Findings };
    }
}
