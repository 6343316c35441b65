using Microsoft.AspNetCore.HttpOverrides;

namespace HmacFileServer.Http.Proxies;

/// <summary>
/// Cuts what proxies append to. Its front is the client's to write, and the framework would take every word of it apart;
/// only the last entries can be those of trusted proxies.
/// </summary>
internal static class ForwardedLists
{
    private const int MaxLength = 1024; // twenty IPv6 addresses

    private static readonly string[] Lists =
        [ForwardedHeadersDefaults.XForwardedForHeaderName, ForwardedHeadersDefaults.XForwardedProtoHeaderName];

    public static Task CutAsync(HttpContext http, RequestDelegate next)
    {
        foreach (var name in Lists)
        {
            var values = http.Request.Headers[name];
            if (LengthLimit.IsPassedBy(values, MaxLength))
            {
                var end = string.Join(',', values.ToArray())[^MaxLength..];
                http.Request.Headers[name] = end[(end.IndexOf(',', StringComparison.Ordinal) + 1)..];
            }
        }

        return next(http);
    }
}
