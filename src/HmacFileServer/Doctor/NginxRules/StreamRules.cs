using HmacFileServer.Doctor.Nginx;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.NginxRules;

/// <summary>The stream module, where nginx passes on bytes and knows nothing of HTTP.</summary>
internal static class StreamRules
{
    public static IEnumerable<Finding> Find(NginxRoutes routes)
    {
        foreach (var stream in routes.Streams.Select(block => new Scope(block, null)))
        {
            var servers = stream.Block.Named("server").Where(block => block.Block is not null);
            foreach (var server in servers.Select(block => new Scope(block, stream)))
            {
                if (server.Find("proxy_pass") is { } pass && IsUs(routes, stream, pass))
                {
                    foreach (var finding in Findings(server))
                    {
                        yield return finding;
                    }
                }
            }
        }
    }

    public static bool LeadsToUs(NginxRoutes routes) =>
        routes.Streams.Select(block => new Scope(block, null)).Any(stream =>
        stream.Block.Named("server").Any(server => server.Named("proxy_pass").Any(pass => IsUs(routes, stream, pass))));

    private static bool IsUs(NginxRoutes routes, Scope stream, Directive pass)
    {
        var members =
            stream.Block.Named("upstream").FirstOrDefault(upstream => upstream.Argument == pass.Argument)?.Named(
            "server");
        return members?.Any(member => routes.IsUs(member.Argument)) ?? routes.IsUs(pass.Argument);
    }

    private static IEnumerable<Finding> Findings(Scope server)
    {
        if (server.IsOn("proxy_protocol", otherwise: false))
        {
            var found = server.Find("proxy_protocol")!;
            yield return new Finding(Severity.Failure, "nginx-proxy-protocol", Link.Proxy,
                "nginx puts a PROXY line before every connection")
            {
                Effect = "This server does not speak the PROXY protocol: every request is refused with 400.",
                Place = found.Place,
                Edit = found.Become("proxy_protocol off;"),
            };
        }

        var timeout = server.Time("proxy_timeout", 600);
        if (timeout < TimeSpan.FromSeconds(60))
        {
            var found = server.Find("proxy_timeout")!;
            yield return new Finding(Severity.Warning, "nginx-stream-timeout", Link.Proxy,
                $"nginx bears only {Words.Time(timeout)} of silence")
            {
                Effect = "A phone that sends nothing for so long is cut off, without a word.",
                Place = found.Place,
                Edit = found.Become("proxy_timeout 10m;"),
            };
        }
    }
}
