using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;

namespace HmacFileServer.Doctor.Clients;

/// <summary>The chain of limits from the client to the disk, as operators draw it by hand.</summary>
internal static class ChainSection
{
    private static readonly TimeSpan Wall = TimeSpan.FromSeconds(60); // Dino, Monal, Siskin

    public static Section Examine(ServerSettings settings, ProxyLimits? known)
    {
        var proxy = known ?? ProxyLimits.Shipped;
        return new Section("chain", "The chain: client, proxy, server")
        {
            Intro = "All times are of silence: how long nothing may happen. None of them limits\na whole upload, "
                + "except where it says so.",
            Tables = [Links(settings, proxy), Clients(proxy)],
            Findings = [.. Findings(settings)],
        };
    }

    private static ReportTable Links(ServerSettings settings, ProxyLimits proxy) => new(
        null,
        ["Link", "Largest file", "Silence of client", "Wait for answer", "Body"],
        [
            [
                proxy.Name,
                proxy.MaxBody is { } most ? Words.Size(most) : "any",
                Limit(proxy.BodySilence),
                Limit(proxy.AnswerSilence),
                proxy.StoresFirst ? "stored first" : "passed on",
            ],
            [
                "this server",
                Words.Size(settings.Server.MaxUploadSize.Bytes),
                Words.Time(settings.Timeouts.ReadTimeout.Time),
                "-",
                "written as it comes",
            ],
        ]);

    private static ReportTable Clients(ProxyLimits proxy) => new(
        "What the clients bear (from their source code), and what that means here:",
        ["Client", "Stall", "Answer", "In all", "Here", "Mind"],
        [.. KnownClients.All.Select(IReadOnlyList<string> (client) =>
            [client.Name, Limit(client.WriteStall), Limit(client.Answer), Limit(client.Total),
                    Verdict(client, proxy), client.Quirk])]);

    private static string Verdict(ClientFacts client, ProxyLimits proxy)
    {
        if (proxy is { StoresFirst: true, SpeaksHttp2: true }
            && client is { SpeaksHttp2: true, SilentWhileSending: { } silence })
        {
            return $"dies after {Words.Time(silence)}";
        }

        if (proxy.StoresFirst && client.Answer is { } answer)
        {
            return $"{Words.Time(answer)} for the proxy's second copy";
        }

        return client switch
        {
            { WritePart: not null } => "slow lines fail",
            { Total: { TotalMinutes: < 1 } } => "fast lines only",
            _ => "no limit",
        };
    }

    private static string Limit(TimeSpan? time) => time is { } limit ? Words.Time(limit) : "none";

    private static IEnumerable<Finding> Findings(ServerSettings settings)
    {
        if (settings.Timeouts.ReadTimeout.Time >= Wall)
        {
            yield return Finding.Good(Link.Server,
                "The server bears more silence than any client that gives up by itself");
        }
    }
}
