using System.Net;
using DnsClient;

namespace HmacFileServer.Doctor.Chat.Wire;

/// <summary>
/// Where a domain offers a service (RFC 2782). The lower priority comes first, then the greater weight.
/// </summary>
/// <param name="Host">Empty where the domain says that it does not offer it at all.</param>
internal sealed record SrvRecord(int Priority, int Weight, int Port, string Host);

/// <summary>Asks for SRV records: .NET itself has no way to ask for any but addresses.</summary>
internal sealed class SrvRecords(IReadOnlyList<IPEndPoint> resolvers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Those of /etc/resolv.conf; without any, nobody is asked: no public resolver either.</summary>
    public static SrvRecords OfThisMachine() => new(
    [
        .. NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false)
            .Take(3)
            .Select(server => IPEndPoint.Parse(server.ToString())),
    ]);

    /// <param name="name">"_xmpp-client._tcp.example.org".</param>
    /// <returns>In the order in which to try them; null when nobody answers, which is not the same as none.</returns>
    public async Task<IReadOnlyList<SrvRecord>?> FindAsync(string name, CancellationToken cancel)
    {
        if (resolvers.Count == 0)
        {
            return null;
        }

        try
        {
            var answer = await Client().QueryAsync(name, QueryType.SRV, cancellationToken: cancel);
            return
            [
                .. answer.Answers.SrvRecords()
                    .OrderBy(record => record.Priority)
                    .ThenByDescending(record => record.Weight)
                    .Select(record => new SrvRecord(
                        record.Priority, record.Weight, record.Port, record.Target.Value.TrimEnd('.'))),
            ];
        }
        catch (DnsResponseException e)
        {
            return e.Code == DnsResponseCode.ConnectionTimeout ? null : [];
        }
        catch (DnsResponseParseException)
        {
            return []; // an answer, of which nothing can be made
        }
        catch (ArgumentException)
        {
            return null; // no name that DNS could hold
        }
    }

    /// <summary>Each resolver once, in their order, until one answers; whatever it says stands.</summary>
    private LookupClient Client() => new(new LookupClientOptions([.. resolvers])
    {
        Timeout = Patience,
        Retries = 0,
        UseRandomNameServer = false,
        UseCache = false,
        ContinueOnDnsError = false,
        ContinueOnEmptyResponse = false,
        ExtendedDnsBufferSize = DnsQueryOptions.MinimumBufferSize, // plain RFC 1035, by TCP where that is too small
    });
}
