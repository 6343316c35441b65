using HmacFileServer.Doctor.Nginx;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.NginxRules.Gates;

/// <summary>Whether nginx tells whose uploads it passes on.</summary>
internal static class AddressRules
{
    private const string Header = "X-Forwarded-For";
    private const string Better = $"proxy_set_header {Header} $remote_addr;";

    public static IEnumerable<Finding> Find(Upload upload)
    {
        if (upload.Route.Pass is null || upload.Settings.Server.TrustedProxies.IsEmpty)
        {
            yield break; // nothing comes here, or nobody is believed
        }

        var told = upload.Location.FindAll("proxy_set_header").LastOrDefault(
            header => header.Argument.Equals(Header, StringComparison.OrdinalIgnoreCase));
        if (told is { Arguments: [_, ['$', ..] value] } && value != "$http_x_forwarded_for")
        {
            yield break;
        }

        yield return new Finding(Severity.Warning, "nginx-forwarded-for", Link.Proxy,
            "nginx does not tell whose uploads it passes on")
        {
            Effect = told is null
                ? $"No {Header} is set, so every client has nginx's address: in the log, and for the limits per client."
                : $"{told} passes on what clients claim to be, or nothing: the log and the limits per client go wrong.",
            Place = (told ?? upload.Location.Block).Place,
            Edit = told?.Become(Better) ?? Headers(upload.Location).Block.Begin(Better),
        };
    }

    /// <summary>
    /// The block whose headers are in force: one in a block of its own would take away those from outside.
    /// </summary>
    private static Scope Headers(Scope location)
    {
        for (var scope = location; scope is not null; scope = scope.Outer)
        {
            if (scope.Block.Named("proxy_set_header").Any())
            {
                return scope;
            }
        }

        return location;
    }
}
