using System.Globalization;
using System.Net;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Settings;

namespace HmacFileServer.Doctor.Nginx;

/// <summary>The way of an upload through one server block.</summary>
/// <param name="Location">Where proxy_pass to us stands; the server's own scope where nothing leads to us.</param>
/// <param name="Chosen">What nginx chooses for the path of an upload; the same one if all is well.</param>
/// <param name="Pass">The proxy_pass to us, or null.</param>
internal sealed record NginxRoute(Scope Server, Scope Location, Scope Chosen, Directive? Pass, string SamplePath)
{
    /// <summary>Where the size of a body is judged: before try_files goes on to a location with a name.</summary>
    public Scope Entry { get; init; } = Location;

    public IEnumerable<Directive> Listens => Server.Block.Named("listen");

    public bool IsTls => Listens.Any(listen => listen.Arguments.Contains("ssl") || NginxListen.Port(listen) == 443);

    public bool IsHttp2 =>
        Listens.Any(listen => listen.Arguments.Contains("http2")) || Server.IsOn("http2", otherwise: false);
}

internal static class NginxListen
{
    public static int Port(Directive listen) => Port(listen.Argument);

    /// <summary>Of "port", "host:port" or "[v6]:port"; 80 where none stands.</summary>
    public static int Port(string address)
    {
        if (int.TryParse(address, CultureInfo.InvariantCulture, out var alone))
        {
            return alone;
        }

        var colon = address.LastIndexOf(':');
        var inBrackets = address.EndsWith(']');
        return !inBrackets && colon >= 0
            && int.TryParse(address.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port)
            ? port
            : 80;
    }
}

/// <summary>What the server blocks of nginx do with an upload to us.</summary>
internal sealed class NginxRoutes(List<Directive> root, HostSettings server)
{
    private readonly Scope? http = root.Where(directive => directive is { Name: "http", Block: not null })
        .Append(Part(root)).OfType<Directive>().Select(directive => new Scope(directive, null)).LastOrDefault();

    /// <summary>
    /// A path as the XMPP server issues them; the extension makes the difference to locations by expression.
    /// </summary>
    private string SamplePath(string name) =>
        (server.PublicUrl?.AbsolutePath ?? Encoded(server.BasePath)) + "0c5a0a43/" + name;

    public IEnumerable<Scope> Servers =>
        http is null
            ? []
            : http.Block.Named("server").Where(block => block.Block is not null)
                .Select(block => new Scope(block, http));

    public IEnumerable<Directive> Streams => root.Where(directive => directive is { Name: "stream", Block: not null });

    /// <summary>The blocks that clients reach by public_url, and those that lead to us.</summary>
    public IReadOnlyList<NginxRoute> Find()
    {
        var named = Servers.Where(IsNamed).ToArray();
        var leading = Servers.Where(block => PassToUs(block) is not null).ToArray();
        var chosen = named.Any(block => leading.Contains(block)) ? named.Intersect(leading).ToArray()
            : leading.Length > 0 ? leading
            : server.PublicUrl is null ? [] : Main(named);
        return [.. chosen.Select(block => Route(block, "file.bin"))];
    }

    /// <summary>Blocks that answer in our name without leading to us: redirects, mostly.</summary>
    public IEnumerable<Scope> Bystanders(IReadOnlyList<NginxRoute> routes)
    {
        var names = routes.SelectMany(route => Names(route.Server)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return Servers.Where(block => routes.All(route => route.Server != block)
            && (IsNamed(block) || Names(block).Any(names.Contains)));
    }

    public NginxRoute Route(Scope block, string fileName)
    {
        var path = SamplePath(fileName);
        var entry = LocationChoice.Of(block, path);
        var chosen = LocationChoice.Onward(block, entry);
        var pass = PassIn(chosen);
        if (pass is not null && IsUs(pass))
        {
            return new NginxRoute(block, chosen, chosen, pass, path) { Entry = entry };
        }

        var (location, elsewhere) = PassToUs(block) ?? (chosen, null);
        return new NginxRoute(block, location, chosen, elsewhere, path);
    }

    /// <summary>The servers behind a proxy_pass: its own address, or what the upstream of that name lists.</summary>
    public IReadOnlyList<Directive> UpstreamServers(Directive pass) =>
        http?.Block.Named("upstream").FirstOrDefault(upstream => upstream.Argument == Authority(pass))?
            .Named("server").ToArray() ?? [];

    /// <summary>"host:port" or "unix:/path" of a proxy_pass.</summary>
    public static string Authority(Directive pass)
    {
        var begin = pass.Argument.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme ? scheme + 3 : 0;
        var rest = pass.Argument[begin..];
        if (rest.StartsWith("unix:", StringComparison.Ordinal))
        {
            return rest.IndexOf(':', 5) is > 0 and var end ? rest[..end] : rest;
        }

        return rest.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? rest[..slash] : rest;
    }

    /// <summary>
    /// What stands behind the authority of a proxy_pass: null for nothing, which passes paths on as they came.
    /// </summary>
    public static string? Uri(Directive pass)
    {
        var authority = Authority(pass);
        var begin = pass.Argument.IndexOf(authority, StringComparison.Ordinal) + authority.Length;
        var rest = pass.Argument[begin..].TrimStart(':');
        return rest.Length == 0 ? null : rest;
    }

    public bool IsUs(Directive pass)
    {
        var members = UpstreamServers(pass);
        return members.Count > 0 ? members.Any(member => IsUs(member.Argument)) : IsUs(Authority(pass));
    }

    public bool IsUs(string address) => server.ListenAddress.Any(listen => listen.UnixPath is { } path
        ? address == $"unix:{path}"
        : !address.StartsWith("unix:", StringComparison.Ordinal) && listen.Port == NginxListen.Port(address)
            && IsHost(address, listen.Address));

    // A name may be a container's or another machine's: the port has to do.
    private static bool IsHost(string address, IPAddress? ours) =>
        ours is null
            || !IPAddress.TryParse(address[..Math.Max(address.LastIndexOf(':'), 0)].Trim('[', ']'), out var theirs)
        || theirs.Equals(ours) || ours.Equals(IPAddress.Any) || ours.Equals(IPAddress.IPv6Any);

    /// <summary>A file of conf.d or sites-enabled, given by itself: what http includes, without its http.</summary>
    private static Directive? Part(List<Directive> root) =>
        root.Find(directive => directive is { Name: "server", Block: not null }) is { } server
            ? server with { Name = "http", Arguments = [], Block = root }
            : null;

    private static string Encoded(string path) => string.Join('/', path.Split('/').Select(System.Uri.EscapeDataString));

    private static IEnumerable<string> Names(Scope block) =>
        block.Block.Named("server_name").SelectMany(name => name.Arguments);

    private bool IsNamed(Scope block) =>
        server.PublicUrl is { } url && Names(block).Any(name => Matches(name, url.Host));

    private static bool Matches(string name, string host) => name switch
    {
        ['*', '.', ..] => host.EndsWith(name[1..], StringComparison.OrdinalIgnoreCase),
        ['.', ..] => host.EndsWith(name, StringComparison.OrdinalIgnoreCase)
            || host.Equals(name[1..], StringComparison.OrdinalIgnoreCase),
        _ => host.Equals(name, StringComparison.OrdinalIgnoreCase),
    };

    private Scope[] Main(Scope[] named) =>
        Array.FindAll(named, block => block.Block.Named("listen")
            .Any(listen => NginxListen.Port(listen) == server.PublicUrl!.Port));

    private (Scope Location, Directive? Pass)? PassToUs(Scope block) => block.WithAllLocations()
        .Select(scope => (scope, Pass: PassIn(scope)))
        .Where(found => found.Pass is not null && IsUs(found.Pass))
        .Select(found => ((Scope, Directive?)?)(found.scope, found.Pass)).FirstOrDefault();

    /// <summary>
    /// The proxy_pass of a location, also one that stands in an "if" of it; one with a variable by its "set".
    /// </summary>
    private static Directive? PassIn(Scope scope)
    {
        var pass = scope.Block.Named("proxy_pass").FirstOrDefault()
            ?? scope.Block.Named("if").SelectMany(branch => branch.Named("proxy_pass")).FirstOrDefault();
        if (pass is null || !pass.Argument.Contains('$', StringComparison.Ordinal))
        {
            return pass;
        }

        var text = pass.Argument;
        var sets = scope.FindAll("set").Concat(scope.Outer?.FindAll("set") ?? []);
        foreach (var set in sets.Where(set => set.Arguments.Count == 2))
        {
            text = text.Replace(set.Arguments[0], set.Arguments[1], StringComparison.Ordinal);
        }

        return pass with { Arguments = [text.Replace("$request_uri", "", StringComparison.Ordinal)] };
    }
}
