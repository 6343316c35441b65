using System.Globalization;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Chat.Wire;

/// <summary>
/// Where clients look for the XMPP server of a domain: its SRV records, those for TLS from the first byte among them
/// (XEP-0368), else the domain's own address.
/// </summary>
internal static class ChatPlaces
{
    private const int Most = 4;

    /// <returns>The same account with each place at which to try, the best first.</returns>
    /// <exception cref="ChatException">The domain says that it has no XMPP server.</exception>
    public static async Task<IReadOnlyList<ChatAccount>> FindAsync(
        ChatAccount account, SrvRecords dns, CancellationToken cancel)
    {
        if (account.IsPlaceGiven)
        {
            return [account];
        }

        var direct = dns.FindAsync($"_xmpps-client._tcp.{Ascii(account.Domain)}", cancel);
        var usual = account.IsDirectTls
            ? null
            : await dns.FindAsync($"_xmpp-client._tcp.{Ascii(account.Domain)}", cancel);
        (SrvRecord Record, bool IsDirectTls)[] found =
        [
            .. (usual ?? []).Select(record => (record, false)),
            .. (await direct ?? []).Select(record => (record, true)),
        ];
        var places = found.Where(place => place.Record is { Host.Length: > 0, Port: > 0 }).ToArray();
        if (places.Length == 0 && usual is [{ Host.Length: 0 }])
        {
            throw new ChatException(
                "xmpp-srv-none", Link.Network, $"The DNS says that {account.Domain} has no XMPP server",
                $"The SRV record of _xmpp-client._tcp.{account.Domain} is \".\": clients don't even try.",
                "Name the server in it; or --xmpp-server HOST:PORT, to go on without it.");
        }

        return places.Length == 0
            ? [account]
            :
            [
                .. places.OrderBy(place => place.Record.Priority).Take(Most).Select(place => account with
                {
                    Host = place.Record.Host,
                    Port = place.Record.Port,
                    IsDirectTls = place.IsDirectTls,
                    IsFromDns = true,
                }),
            ];
    }

    /// <summary>Goes from place to place, as clients do, and tells of those where nobody was.</summary>
    /// <exception cref="ChatException">Nobody answers anywhere, or who answers does not let us in.</exception>
    public static async Task<ChatStream> OpenAsync(
        IReadOnlyList<ChatAccount> places, List<Finding> findings, CancellationToken cancel)
    {
        foreach (var place in places.SkipLast(1))
        {
            try
            {
                return await ChatStream.OpenAsync(place, cancel);
            }
            catch (ChatException e) when (e.Finding.Code is "xmpp-unreachable" or "xmpp-silent")
            {
                findings.Add(new Finding(Severity.Warning, "xmpp-srv-dead", Link.Network,
                    $"The DNS sends clients to {ChatFault.Where(place)}, where nobody answers")
                {
                    Effect = $"{e.Finding.Title}. Clients lose seconds before they try the next place.",
                    Remedy = "Serve it, or take the SRV record out.",
                });
            }
        }

        return await ChatStream.OpenAsync(places[^1], cancel);
    }

    private static string Ascii(string domain)
    {
        try
        {
            return new IdnMapping().GetAscii(domain);
        }
        catch (ArgumentException)
        {
            return domain;
        }
    }
}
