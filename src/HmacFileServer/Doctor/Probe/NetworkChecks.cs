using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Probe;

/// <summary>Name, addresses, certificate: every address must answer, for clients try them all.</summary>
internal static class NetworkChecks
{
    /// <returns>Whether anything answers at all.</returns>
    public static async Task<bool> ExamineAsync(ProbeRun run, CancellationToken cancel)
    {
        var addresses = await ResolveAsync(run, cancel);
        var answering = 0;
        foreach (var address in addresses)
        {
            using var wire = new ProbeWire(address);
            var answer = await wire.SendAsync(HttpMethod.Options, run.Url("hello"), cancel: cancel);
            if (answer.Status > 0)
            {
                answering++;
                continue;
            }

            if (wire.TlsErrors != SslPolicyErrors.None)
            {
                Certificate(run, wire.TlsErrors, address);
                continue;
            }

            run.Add(Severity.Warning, "probe-address", Link.Network, $"{address} does not answer: {answer.Text}",
                "Clients that try this address first lose seconds (Conversations: 10 s) or fail. Serve it, or take it "
                    + "out of the DNS.");
        }

        if (addresses.Length > 0 && answering == 0 && run.Findings.All(finding => finding.Code != "probe-certificate"))
        {
            run.Add(Severity.Failure, "probe-unreachable", Link.Network,
                $"No address of {run.Base.Host} answers on port {run.Base.Port}",
                "No upload can even begin. Is the proxy running, and the port open in the firewall?");
        }
        else if (answering > 0)
        {
            run.Good($"{run.Base.Host} answers on "
                + $"{string.Join(", ", addresses.Select(address => address.ToString()).Take(4))}");
        }

        return answering > 0;
    }

    private static async Task<IPAddress[]> ResolveAsync(ProbeRun run, CancellationToken cancel)
    {
        try
        {
            var all = IPAddress.TryParse(run.Base.Host.Trim('[', ']'), out var literal)
                ? [literal]
                : await Dns.GetHostAddressesAsync(run.Base.Host, cancel);
            return [.. all.Where(address => address.AddressFamily != AddressFamily.InterNetworkV6
                || Socket.OSSupportsIPv6).Distinct()];
        }
        catch (SocketException e)
        {
            run.Add(Severity.Failure, "probe-dns", Link.Network, $"{run.Base.Host} has no address: {e.Message}",
                "Nobody finds the server by the name in public_url.");
            return [];
        }
    }

    private static void Certificate(ProbeRun run, SslPolicyErrors errors, IPAddress address)
    {
        var what = errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? $"is not for {run.Base.Host}"
            : "is not trusted here (expired, or an intermediate certificate is missing)";
        run.Add(Severity.Failure, "probe-certificate", Link.Proxy, $"The certificate at {address} {what}",
            "Clients refuse to upload. With nginx, ssl_certificate must name the full chain.");
    }
}
