namespace HmacFileServer.Doctor.Nginx;

/// <summary>
/// Which location answers a path, by nginx's rules: an exact one; else the longest prefix, and if that is not "^~" the
/// first regular expression that fits before it; the same again among the locations in it.
/// </summary>
internal static class LocationChoice
{
    /// <returns>The server's own scope when no location fits.</returns>
    public static Scope Of(Scope server, string path)
    {
        var within = server;
        while (Step(within, path) is { } inner)
        {
            within = inner;
        }

        return within;
    }

    /// <summary>
    /// Where try_files of a location ends for a file that is not there, as that of an upload never is.
    /// </summary>
    public static Scope Onward(Scope server, Scope location) =>
        location.Block.Named("try_files").LastOrDefault()?.Arguments is [.., ['@', ..] name]
            ? server.Locations.FirstOrDefault(other => Name(other.Block) == name) ?? location
            : location;

    /// <summary>
    /// The part of the path that the location's own name covers, which proxy_pass with a URI replaces.
    /// </summary>
    public static string? Prefix(Scope location) =>
        Kind(location.Block) is "" or "^~" or "=" ? Name(location.Block) : null;

    private static Scope? Step(Scope within, string path)
    {
        var locations = within.Locations.ToArray();
        if (Array.Find(locations, location => Kind(location.Block) == "=" && Name(location.Block) == path) is { } exact)
        {
            return exact;
        }

        var prefix = locations
            .Where(location => Kind(location.Block) is "" or "^~" && !Name(location.Block).StartsWith('@')
                && path.StartsWith(Name(location.Block), StringComparison.Ordinal))
            .MaxBy(location => Name(location.Block).Length);
        if (prefix is not null && Kind(prefix.Block) == "^~")
        {
            return prefix;
        }

        // Expressions in the longest prefix location come before those beside it.
        var nested = prefix?.Locations.FirstOrDefault(location => Fits(location.Block, path));
        return nested is not null ? prefix : Array.Find(locations, location => Fits(location.Block, path)) ?? prefix;
    }

    private static string Kind(Directive location) =>
        location.Arguments.Count > 1 ? location.Arguments[0]
            : location.Argument is ['~' or '=', ..] ? location.Argument[..1]
            : "";

    private static string Name(Directive location) =>
        location.Arguments.Count > 1 ? location.Arguments[1] : location.Argument;

    private static bool Fits(Directive location, string path) => Kind(location) is "~" or "~*"
        && NginxExpression.Match(Name(location), path, ignoreCase: Kind(location) == "~*") is not null;
}
