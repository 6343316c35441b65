using HmacFileServer.Doctor.Nginx;
using HmacFileServer.Doctor.NginxRules.Gates;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.NginxRules;

/// <summary>Whether the path of an upload reaches us, and as it was signed.</summary>
internal static class PathRules
{
    private static readonly string[] Names = ["photo.jpg", "photo.png", "film.mp4", "page.php", "page.html",
        "style.css", "note.pdf"];

    public static IEnumerable<Finding> Find(Upload upload)
    {
        var route = upload.Route;
        if (route.Pass is null)
        {
            yield return Variable(upload) ?? WrongBackend(upload);
        }
        else if (route.Chosen != route.Location)
        {
            var fits = LocationChoice.Prefix(route.Location) is { } prefix
                && route.SamplePath.StartsWith(prefix, StringComparison.Ordinal);
            yield return fits ? Stolen(upload, route.Chosen, route.SamplePath) : WrongLocation(upload, route.Pass);
        }
        else
        {
            foreach (var finding in Path(upload, route.Pass).Concat(Stolen(upload)))
            {
                yield return finding;
            }
        }
    }

    /// <summary>A map or a module decides where uploads go: nothing that a file could tell.</summary>
    private static Finding? Variable(Upload upload) =>
        upload.Route.Chosen.Block.Named("proxy_pass").FirstOrDefault() is { } pass
            && pass.Argument.Contains('$', StringComparison.Ordinal)
            ? new Finding(Severity.Note, "nginx-variable-backend", Link.Proxy,
                $"Where uploads go is in a variable: {pass}")
            {
                Effect = "Whether that is this server can't be read from the configuration: check --probe tries it.",
                Place = pass.Place,
            }
            : null;

    private static Finding WrongBackend(Upload upload)
    {
        var ours = upload.Settings.Server.ListenAddress[0];
        var address = ours.UnixPath is null
            ? ours.ToString().Replace("*", "127.0.0.1", StringComparison.Ordinal)
            : $"{ours}:";
        var pass = upload.Location.Block.Named("proxy_pass").FirstOrDefault();
        var member = pass is null ? null : upload.Routes.UpstreamServers(pass) is [var first, ..] ? first : null;
        return new Finding(Severity.Failure, "nginx-wrong-backend", Link.Proxy,
            "nginx does not pass uploads to this server")
        {
            Effect = pass is null
                ? $"What it chooses for {upload.Route.SamplePath} has no proxy_pass: clients get 404, 405 or 413 from "
                    + "nginx itself."
                : $"It passes them to {NginxRoutes.Authority(pass)}, and the server listens on {ours}: \"502 Bad "
                    + "Gateway\".",
            Place = (member ?? pass ?? upload.Location.Block).Place,
            Edit = member?.Become($"server {address.TrimEnd(':')};")
                ?? pass?.Become($"proxy_pass http://{address};")
                ?? upload.Location.Block.Begin(upload.Location.IsLocation
                    ? $"proxy_pass http://{address};"
                    : $"location {upload.Settings.Server.BasePath} {{ proxy_pass http://{address}; }}"),
        };
    }

    private static Finding WrongLocation(Upload upload, Directive pass)
    {
        var chosen = upload.Route.Chosen.IsLocation ? upload.Route.Chosen.Block.ToString() : "no location at all";
        var prefix = upload.Settings.Server.PublicUrl?.AbsolutePath ?? upload.Settings.Server.BasePath;
        return new Finding(Severity.Failure, "nginx-location", Link.Proxy,
            $"Uploads miss \"{upload.Location.Block}\", which leads to the server")
        {
            Effect = $"Their URLs begin with {prefix} (base_path, public_url); for {upload.Route.SamplePath} nginx "
                + $"chooses {chosen}: 404, 405 or 413 from nginx, and the server hears nothing.",
            Place = upload.Location.Block.Place,
            Edit = upload.Location.IsLocation
                ? upload.Location.Block.Become($"location {prefix} {{")
                : upload.Location.Block.Begin($"location {prefix} {{ {pass}; }}"),
        };
    }

    /// <summary>A path must arrive as base_path and the key, whatever nginx cuts off or puts in front.</summary>
    private static IEnumerable<Finding> Path(Upload upload, Directive pass)
    {
        var basePath = upload.Settings.Server.BasePath;
        var sent = upload.Route.SamplePath;
        var front = upload.Settings.Server.PublicUrl?.AbsolutePath ?? basePath;
        var key = sent[front.Length..];
        var uri = NginxRoutes.Uri(pass);
        var prefix = LocationChoice.Prefix(upload.Location);
        if (RewriteModule.Change(upload.Route, sent) is var (directive, path))
        {
            if (path != basePath + key)
            {
                yield return new Finding(Severity.Failure, "nginx-rewrite", Link.Proxy,
                    "nginx rewrites the paths that were signed")
                {
                    Effect = $"{sent} reaches the server as {path}; it expects {basePath}{key}. Every upload is "
                        + "refused (403), for the signature is over another path.",
                    Place = directive.Place,
                    Edit = directive.Disable(),
                };
            }

            yield break; // then a path of proxy_pass does not count
        }

        var arrives = uri is null || prefix is null || !sent.StartsWith(prefix, StringComparison.Ordinal)
            ? sent
            : uri + sent[prefix.Length..];
        if (arrives == basePath + key)
        {
            if (uri is not null)
            {
                yield return new Finding(Severity.Note, "nginx-path-rewritten", Link.Proxy,
                    "nginx decodes paths and encodes them again")
                {
                    Effect = "Because proxy_pass has a path of its own. Names with // or %2F in them arrive as others "
                        + "than were signed.",
                    Place = pass.Place,
                    Remedy = front == basePath
                        ? null
                        : $"Set server.base_path = \"{front}\", and leave the path away in proxy_pass.",
                    Edit = front == basePath ? Without(pass) : null,
                };
            }

            yield break;
        }

        var whole = front == basePath;
        yield return new Finding(Severity.Failure, "nginx-path", Link.Proxy, "nginx changes the paths that were signed")
        {
            Effect = $"{sent} reaches the server as {arrives}; it expects {basePath}{key}. Every upload is refused "
                + "(403), for the signature is over another path.",
            Place = pass.Place,
            Edit = whole
                ? Without(pass)
                : pass.Become($"proxy_pass {Scheme(pass)}{NginxRoutes.Authority(pass)}{basePath};"),
            Remedy = whole ? null : $"Or set server.base_path = \"{front}\", and leave the path away in proxy_pass.",
        };
    }

    private static Edit Without(Directive pass) =>
        pass.Become($"proxy_pass {Scheme(pass)}{NginxRoutes.Authority(pass)};");

    private static string Scheme(Directive pass) =>
        pass.Argument.StartsWith("https://", StringComparison.Ordinal) ? "https://" : "http://";

    /// <summary>"location ~ \.jpg$" beside ours takes the pictures away.</summary>
    private static IEnumerable<Finding> Stolen(Upload upload)
    {
        foreach (var name in Names)
        {
            var other = upload.Routes.Route(upload.Route.Server, name);
            if (other.Chosen.Block == upload.Location.Block || other.Chosen == other.Location)
            {
                continue;
            }

            yield return Stolen(upload, other.Chosen, name);
            yield break;
        }
    }

    private static Finding Stolen(Upload upload, Scope thief, string what)
    {
        var ours = upload.Location.Block;
        var title = $"Files such as {what} go to \"{thief.Block}\"";
        return new Finding(Severity.Failure, "nginx-location-stolen", Link.Proxy, title)
        {
            Effect = "A location with an expression comes before one with a prefix, so these uploads never reach the "
                + "server. \"^~\" turns that around.",
            Place = thief.Block.Place,
            Edit = ours.Arguments.Count == 1 ? ours.Become($"location ^~ {ours.Argument} {{") : null,
        };
    }
}
