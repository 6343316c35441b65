using System.ComponentModel;
using System.Diagnostics;
using HmacFileServer.Doctor.Nginx;
using HmacFileServer.Doctor.NginxRules.Gates;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;

namespace HmacFileServer.Doctor.NginxRules;

/// <summary>Reads the nginx in front of us, and holds every rule against the way of an upload through it.</summary>
internal sealed record NginxSection(Section Section, ProxyLimits? Limits)
{
    private const string Title = "Proxy: nginx";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly string[] Programs = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/bin/nginx",
        "/usr/bin/nginx"];

    public static async Task<NginxSection> ExamineAsync(
        ServerSettings settings, CheckupRequest request, CancellationToken cancel)
    {
        try
        {
            var files = request.Nginx is { } named ? Named(named) : await InstalledAsync(cancel);
            return files is null
                ? Without("No nginx is installed here. If it runs elsewhere: check --nginx FILE, with what \"nginx "
                    + "-T\" prints there.")
                : Examine(NginxParser.Parse(files), files.Main, settings, request);
        }
        catch (NginxException e) when (request.Nginx is null)
        {
            return Without($"The configuration of the nginx here can't be read ({e.Place}: {e.Message}). Run check as "
                + "root, or give --nginx.");
        }
        catch (NginxException e)
        {
            var finding = new Finding(Severity.Failure, "nginx-unreadable", Link.Proxy,
                $"This is no configuration of nginx: {e.Message}")
            {
                Place = e.Place,
            };
            return new NginxSection(new Section("nginx", Title) { Findings = [finding] }, null);
        }
    }

    private static NginxSection Examine(
        List<Directive> root, string main, ServerSettings settings, CheckupRequest request)
    {
        var routes = new NginxRoutes(root, settings.Server);
        var ways = routes.Find();
        var stream = StreamRules.Find(routes).ToArray();
        if (ways.Count == 0)
        {
            return StreamRules.LeadsToUs(routes)
                ? new NginxSection(new Section("nginx", Title)
                {
                    Intro = $"{main}: the stream module leads to this "
                    + "server.",
                    Findings = stream
                }, null)
                : Nowhere(main, settings, request);
        }

        var findings = ways
            .Select(way => new Upload(way, routes, settings, request.Case))
            .SelectMany(upload => PathRules.Find(upload)
                .Concat(BodyRules.Find(upload))
                .Concat(TimeoutRules.Find(upload))
                .Concat(AnswerRules.Find(upload))
                .Concat(AccessRules.Find(upload))
                .Concat(AddressRules.Find(upload))
                .Concat(ListenRules.Find(upload)))
            .Concat(ListenRules.Bystanders(routes, ways, settings.Server.PublicUrl?.Scheme == "http"))
            .Concat(stream)
            .DistinctBy(finding => (finding.Code, finding.Place, finding.Edit))
            .ToArray();
        var places = string.Join(", ", ways.Select(way => way.Server.Block.Place));
        return new NginxSection(
            new Section("nginx", Title)
            {
                Intro = $"{main}, and of it {(ways.Count == 1 ? "the server block" : "the server blocks")} at {places}",
                Findings = findings.Length > 0
                    ? Edit.Together(findings)
                    : [Finding.Good(Link.Proxy, "Uploads of every size pass")],
            },
            LimitsOf(ways[0]));
    }

    private static ProxyLimits LimitsOf(NginxRoute way)
    {
        var location = way.Location;
        var most = way.Entry.Size("client_max_body_size", BodyRules.DefaultMaxBody);
        var stores = location.IsOn("proxy_request_buffering", otherwise: true);
        return new ProxyLimits(
            "nginx",
            most == 0 ? null : most,
            stores,
            location.Time("client_body_timeout", 60),
            location.Time("proxy_read_timeout", 60),
            way.IsHttp2,
            way.IsHttp2 && !stores ? BodyRules.Window(location) : null);
    }

    private static NginxSection Nowhere(string main, ServerSettings settings, CheckupRequest request)
    {
        var addresses = string.Join(", ", settings.Server.ListenAddress);
        if (request.Nginx is null)
        {
            return Without(
                $"There is an nginx here ({main}), but no server block of it leads to {addresses}: not examined.");
        }

        var finding = new Finding(Severity.Failure, "nginx-nowhere", Link.Proxy,
            $"No server block leads to {addresses}")
        {
            Effect = "There is neither a proxy_pass to one of these addresses nor a server_name that is the host of "
                + "public_url.",
            Place = new Place(main, 0),
            Remedy = "Take over deploy/nginx/hmac-file-server.conf, or say in server.public_url which name clients "
                + "use.",
        };
        return new NginxSection(new Section("nginx", Title) { Findings = [finding] }, null);
    }

    private static NginxSection Without(string why) => new(new Section("nginx", Title) { Intro = why }, null);

    private static INginxFiles Named(string path)
    {
        var files = new DiskFiles(path);
        return DumpFiles.Parse(files.Read(files.Main).Text) ?? (INginxFiles)files;
    }

    private static async Task<INginxFiles?> InstalledAsync(CancellationToken cancel)
    {
        if (Array.Find(Programs, File.Exists) is not { } program)
        {
            return null;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, "-T")
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            var text = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await errors;
            await process.WaitForExitAsync(patience.Token);
            if (process.ExitCode == 0 && DumpFiles.Parse(text) is { } dump)
            {
                return dump;
            }
        }
        catch (Exception e) when (e is Win32Exception
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            // Then the file itself has to do.
        }

        return new DiskFiles("/etc/nginx/nginx.conf");
    }
}
