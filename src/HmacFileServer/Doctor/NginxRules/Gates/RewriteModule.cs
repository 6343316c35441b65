using HmacFileServer.Doctor.Nginx;

namespace HmacFileServer.Doctor.NginxRules.Gates;

/// <summary>What the directives "rewrite" and "if" of nginx do to an upload before it is passed on.</summary>
internal static class RewriteModule
{
    /// <summary>The first "rewrite" that changes a path, and to what; null where it stays as it is.</summary>
    public static (Directive Directive, string Path)? Change(NginxRoute route, string path)
    {
        foreach (var rewrite in Within(route, "rewrite"))
        {
            // Others are redirects.
            if (rewrite.Arguments is [_, not ['h', 't', 't', 'p', ..]] or [_, _, "break" or "last"]
                && NginxExpression.Match(rewrite.Arguments[0], path) is { } match
                && match.Result(rewrite.Arguments[1].TrimEnd('?')) is var changed && changed != path)
            {
                return (rewrite, changed);
            }
        }

        return null;
    }

    /// <summary>Each "return" of an error that an "if" over the method keeps for PUT.</summary>
    public static IEnumerable<Directive> Refusals(NginxRoute route) => Within(route, "if")
        .Where(IsOfPut)
        .SelectMany(branch => branch.Named("return").Where(answer => answer.Argument is ['4' or '5', _, _]));

    private static IEnumerable<Directive> Within(NginxRoute route, string name) =>
        ((Scope[])[route.Server, route.Location]).Distinct().SelectMany(scope => scope.Block.Named(name));

    private static bool IsOfPut(Directive branch)
    {
        var condition = string.Join(' ', branch.Arguments).Trim('(', ' ');
        condition = condition.EndsWith(')') ? condition[..^1].Trim() : condition;
        return condition.Split(' ', 3) is ["$request_method", var how, var what] && how switch
        {
            "=" => what == "PUT",
            "!=" => what != "PUT",
            "~" or "~*" => NginxExpression.Match(what, "PUT", ignoreCase: how == "~*") is not null,
            "!~" or "!~*" => NginxExpression.Match(what, "PUT", ignoreCase: how == "!~*") is null,
            _ => false,
        };
    }
}
