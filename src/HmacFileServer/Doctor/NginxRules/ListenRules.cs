using System.Net.Sockets;
using HmacFileServer.Doctor.Nginx;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.NginxRules;

/// <summary>Where nginx listens for us, and where it sends clients away.</summary>
internal static class ListenRules
{
    private static readonly string[] NotForTwo = ["default_server", "reuseport", "default"];

    public static IEnumerable<Finding> Find(Upload upload)
    {
        var listens = upload.Route.Listens
            .Where(listen => !listen.Argument.StartsWith("unix:", StringComparison.Ordinal)).ToArray();
        if (Socket.OSSupportsIPv6 && listens.Length > 0 && !listens.Any(listen => listen.Argument.StartsWith('[')))
        {
            var first = listens[^1];
            var host = first.Argument.StartsWith("127.", StringComparison.Ordinal) ? "[::1]" : "[::]";
            var line = string.Join(
                ' ',
                ["listen", $"{host}:{NginxListen.Port(first)}", .. first.Arguments.Skip(1).Except(NotForTwo)]) + ";";
            yield return new Finding(Severity.Warning, "nginx-no-ipv6", Link.Proxy,
                "nginx does not listen on IPv6 for this name")
            {
                Effect = "If the name has an AAAA record, clients try that first: Conversations loses 10 s on each "
                    + "upload, others fail or show the certificate of another site.",
                Place = first.Place,
                Edit = first.Follow(line),
            };
        }

        var scopes = ((Scope[])[upload.Route.Server, upload.Route.Chosen]).Distinct();
        foreach (var redirect in scopes.SelectMany(Redirects))
        {
            yield return Redirected(redirect, redirect.IsConditional ? Severity.Warning : Severity.Failure,
                isOurs: true,
                "Clients turn a redirected PUT into a GET, take its 200 for success, and report a file as sent that "
                    + "never was.");
        }
    }

    /// <summary>Blocks of the same name that redirect everybody: port 80, mostly.</summary>
    public static IEnumerable<Finding> Bystanders(
        NginxRoutes routes, IReadOnlyList<NginxRoute> ways, bool publicIsHttp) => routes
        .Bystanders(ways)
        .SelectMany(Redirects)
        .Select(redirect => Redirected(redirect, publicIsHttp ? Severity.Failure : Severity.Warning, isOurs: false,
            "An upload to http:// (an old base_url, a typing error) is answered with a redirect: clients turn the PUT "
            + "into a GET, take its 200 for success, and report a file as sent that never was. Refused, they say so."));

    private static Finding Redirected(Redirect redirect, Severity severity, bool isOurs, string effect) =>
        new(severity, "nginx-redirect", Link.Proxy, $"nginx redirects uploads ({redirect.Directive})")
        {
            Effect = effect,
            Place = redirect.Directive.Place,
            Edit = redirect.IsConditional ? redirect.Directive.Become("return 403;") // an "if" can't stand in another
                : isOurs ? redirect.Directive.Disable()
                : redirect.Directive.Become(
                    $"if ($request_method !~ ^(GET|HEAD)$) {{ return 403; }} {redirect.Directive};"),
        };

    /// <summary>
    /// Redirects that a PUT meets: not those below an "if" that keeps it away, nor after one that refuses it.
    /// </summary>
    private static IEnumerable<Redirect> Redirects(Scope scope)
    {
        foreach (var directive in scope.Block.Block ?? [])
        {
            if (directive.Name == "if" && directive.Block is { } branch)
            {
                var condition = string.Join(' ', directive.Arguments);
                if (condition.Contains("$request_method", StringComparison.Ordinal))
                {
                    if (branch.Any(inner => inner.Name == "return" && inner.Argument is ['4', _, _]))
                    {
                        yield break;
                    }

                    continue;
                }

                foreach (var inner in branch.Where(IsRedirect))
                {
                    yield return new Redirect(inner, IsConditional: true);
                }
            }
            else if (IsRedirect(directive))
            {
                yield return new Redirect(directive, IsConditional: false);
            }
            else if (directive.Is("location", "/") && !scope.IsLocation)
            {
                foreach (var inner in Redirects(new Scope(directive, scope)))
                {
                    yield return inner;
                }
            }
        }
    }

    /// <param name="IsConditional">It stands in an "if".</param>
    private sealed record Redirect(Directive Directive, bool IsConditional);

    private static bool IsRedirect(Directive directive) => directive.Name switch
    {
        "return" => directive.Argument is "301" or "302" or "303" or "307" or "308"
            || directive.Argument.StartsWith("http", StringComparison.Ordinal),
        "rewrite" => directive.Arguments.Count > 1 && (directive.Arguments[^1] is "redirect" or "permanent"
            || directive.Arguments[1].StartsWith("http", StringComparison.Ordinal)),
        _ => false,
    };
}
