using HmacFileServer.Settings;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace HmacFileServer.Http;

/// <summary>
/// Which web pages may use us, from the settings in force. On every answer, refusals included, or a browser shows status 0 in
/// place of the reason. Never with credentials: there are none, and "*" with them is refused by browsers.
/// </summary>
internal sealed class CorsSetup(LiveSettings settings) : ICorsPolicyProvider
{
    // What Converse.js and players in a page need.
    private static readonly string[] Methods = ["OPTIONS", "HEAD", "GET", "PUT"];
    private static readonly string[] Headers =
        ["Authorization", "Content-Type", "Expires", "Range", "If-Range", "Content-Range", "X-Requested-With"];
    private static readonly string[] Exposed =
        ["Content-Length", "Content-Range", "Accept-Ranges", "ETag", "Content-Disposition", "Location", "Retry-After", Refusal.CodeHeader];

    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName)
    {
        var cors = settings.Current.Cors;
        if (!cors.Enabled)
        {
            return Task.FromResult<CorsPolicy?>(null);
        }

        var policy = new CorsPolicyBuilder()
            .WithMethods(Methods)
            .WithHeaders(Headers)
            .WithExposedHeaders(Exposed)
            .SetPreflightMaxAge(cors.MaxAge.Time)
            .WithOrigins([.. cors.AllowOrigins]);
        return Task.FromResult<CorsPolicy?>(policy.Build());
    }
}
