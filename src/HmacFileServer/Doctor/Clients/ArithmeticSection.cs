using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;

namespace HmacFileServer.Doctor.Clients;

/// <summary>
/// How long uploads take, what they die of on the way, and the slowest line that each client survives.
/// </summary>
internal static class ArithmeticSection
{
    private static readonly long[] Sizes = [10L << 20, 100L << 20, 970L << 20, 10L << 30];
    private static readonly double[] Rates = [1, 10, 100, 1000];

    public static Section Examine(ServerSettings settings, ProxyLimits? known, CheckupRequest request)
    {
        var proxy = known ?? ProxyLimits.Shipped;
        var reckoning = new Reckoning(settings, proxy);
        var tables = request.OnlyThisCase
            ? [One(reckoning, request.Case)]
            : (IReadOnlyList<ReportTable>)[All(reckoning), Causes(reckoning), Least(reckoning)];
        return new Section("arithmetic", "How long uploads take")
        {
            Intro = known is null
                ? "No proxy was read: reckoned with nginx configured as shipped (deploy/nginx)."
                : $"Reckoned with {known.Name} as it is configured.",
            Tables = tables,
        };
    }

    private static ReportTable All(Reckoning reckoning) => new(
        "Letters say who does not survive it (below); none: everybody does.",
        ["File", .. Rates.Select(rate => $"{Words.Number(rate)} Mbit/s")],
        [.. Sizes.Select(IReadOnlyList<string> (size) =>
            [Words.Size(size), .. Rates.Select(rate => Cell(reckoning, new UploadCase(size, rate)))])]);

    private static string Cell(Reckoning reckoning, UploadCase upload)
    {
        var letters = string.Concat(reckoning.Deaths(upload).Select(death => death.Letter).Distinct());
        return $"{Words.Time(upload.Duration)}{(letters.Length > 0 ? $" {letters}" : "")}";
    }

    private static ReportTable Causes(Reckoning reckoning)
    {
        var deaths = Sizes.SelectMany(size => Rates.SelectMany(rate => reckoning.Deaths(new UploadCase(size, rate))))
            .GroupBy(death => (death.Letter, death.Who))
            .OrderBy(group => group.Key.Letter)
            .Select(IReadOnlyList<string> (group) => [group.Key.Letter.ToString(), group.Key.Who, group.First().Why]);
        return new ReportTable("Who does not survive, and why:", ["", "Who", "Why"], [.. deaths]);
    }

    private static ReportTable Least(Reckoning reckoning) => new(
        "The slowest steady line on which the upload succeeds:",
        ["Client", .. Sizes.Select(size => Words.Size(size))],
        [.. KnownClients.All.Select(IReadOnlyList<string> (client) =>
            [client.Name, .. Sizes.Select(size => reckoning.LeastRate(client, size) is { } least
                ? least > 0 ? Words.Rate(least) : "any"
                : "never")])]);

    private static ReportTable One(Reckoning reckoning, UploadCase upload) => new(
        $"{upload} takes {Words.Time(upload.Duration)}.",
        ["Client", "Takes", "Survives", "Its user can"],
        [.. KnownClients.All.Select(IReadOnlyList<string> (client) =>
        {
            var why = reckoning.Deaths(client, upload).FirstOrDefault()?.Why;
            return [client.Name, Words.Time(reckoning.Duration(client, upload)), why is null ? "yes" : $"no: {why}",
                why is null ? "" : client.Remedy];
        })]);
}
