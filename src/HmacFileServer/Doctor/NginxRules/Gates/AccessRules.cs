using HmacFileServer.Doctor.Nginx;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.NginxRules.Gates;

/// <summary>Whom nginx itself turns away, before the server hears of it.</summary>
internal static class AccessRules
{
    private static readonly string[] Counting = ["limit_req", "limit_conn"];

    public static IEnumerable<Finding> Find(Upload upload) =>
        Questions(upload).Concat(Methods(upload)).Concat(Addresses(upload)).Concat(Rates(upload));

    private static IEnumerable<Finding> Questions(Upload upload)
    {
        if (upload.Location.Find("auth_basic") is { } password && password.Argument != "off")
        {
            yield return upload.About(
                Severity.Failure, "nginx-auth-basic", "auth_basic", "nginx asks for a password",
                "XMPP clients have none for it: every upload and download gets \"401 Authorization Required\" from "
                    + "nginx.",
                "auth_basic off;");
        }

        if (upload.Location.Find("auth_request") is { } question && question.Argument != "off")
        {
            yield return upload.About(
                Severity.Warning, "nginx-auth-request", "auth_request",
                $"nginx asks {question.Argument} whether an upload may pass",
                "XMPP clients have neither cookie nor password for it. Unless it lets everybody in, they get 401 or "
                + "403 from nginx; the signature is permission enough.",
                "auth_request off;");
        }
    }

    private static IEnumerable<Finding> Methods(Upload upload)
    {
        foreach (var refusal in RewriteModule.Refusals(upload.Route))
        {
            yield return new Finding(Severity.Failure, "nginx-method", Link.Proxy, $"nginx refuses PUT ({refusal})")
            {
                Effect = "PUT is how every client uploads. The server never hears of them.",
                Place = refusal.Place,
                Edit = refusal.Disable(),
            };
        }

        foreach (var limit in upload.Location.Block.Named("limit_except").Where(limit => !limit.Arguments.Contains(
            "PUT")))
        {
            yield return new Finding(Severity.Failure, "nginx-method", Link.Proxy, "nginx does not let PUT through")
            {
                Effect = "PUT is how every client uploads. They get \"403 Forbidden\" from nginx.",
                Place = limit.Place,
                Edit = limit.Become($"limit_except {string.Join(' ', limit.Arguments)} PUT OPTIONS {{"),
            };
        }
    }

    /// <summary>"allow" and "deny": the first that fits counts, of the innermost block that has any.</summary>
    private static IEnumerable<Finding> Addresses(Upload upload)
    {
        static Directive[] Of(Scope scope) => [.. scope.Block.Block!.Where(one => one.Name is "allow" or "deny")];

        var scope = upload.Location;
        while (Of(scope).Length == 0 && scope.Outer is { } outer)
        {
            scope = outer;
        }

        var list = Of(scope);
        if (Array.Find(list, one => one.Argument == "all") is not { Name: "deny" } all)
        {
            yield break;
        }

        var some = list.Any(one => one.Name == "allow");
        yield return new Finding(some ? Severity.Warning : Severity.Failure, "nginx-access", Link.Proxy,
            some ? "nginx lets only some addresses upload" : "nginx lets nobody upload")
        {
            Effect = $"{(some ? "All others get" : "Everybody gets")} \"403 Forbidden\" from nginx, without a reason, "
                + "and the server never hears of it. The signature is permission enough.",
            Place = all.Place,
            Edit = scope == upload.Location ? all.Disable() : upload.Location.Block.Begin("allow all;"),
        };
    }

    private static IEnumerable<Finding> Rates(Upload upload) =>
        Counting.SelectMany(upload.Location.FindAll).Select(limit =>
            new Finding(Severity.Warning, "nginx-rate-limit", Link.Proxy, $"nginx limits its clients ({limit})")
            {
                Effect = "Somebody who sends or opens many pictures gets \"503 Service Unavailable\" from nginx. The "
                    + "server has limits of its own ([limits]), and says 429 with a time to try again.",
                Place = limit.Place,
                Edit = limit.Disable(),
            });
}
